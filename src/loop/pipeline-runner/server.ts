/** Serves `loop.PipelineRunnerService`. */
import { PipelineRunnerService as PipelineRunnerRpc } from "../../../proto/gen/loop/pipeline_runner_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { durationMessageFromWire } from "../values.ts";
import { taskResultToWire } from "./messages.ts";
import type { PipelineRunner } from "./types.ts";

export function pipelineRunnerRoutes(runner: PipelineRunner): Routes {
  return (router) => {
    router.service(PipelineRunnerRpc, {
      executeRun: unary(async ({ spec, vars = {}, options: limits }, options) => {
        const maxTaskDurationMs = durationMessageFromWire(limits?.maxTaskDuration);
        const limited = maxTaskDurationMs > 0 ? { ...options, maxTaskDurationMs } : options;
        return { results: (await runner.executeRun(spec, vars, limited)).map(taskResultToWire) };
      }),
    });
  };
}
