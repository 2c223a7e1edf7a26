/** Calls `loop.PipelineRunnerService`. */
import { createClient } from "@connectrpc/connect";
import { PipelineRunnerService as PipelineRunnerRpc } from "../../../proto/gen/loop/pipeline_runner_pb.ts";
import type { CallTarget } from "../connection.ts";
import { durationMessageToWire } from "../values.ts";
import { taskResultFromWire } from "./messages.ts";
import type { PipelineRunner } from "./types.ts";

export function createPipelineRunnerClient(target: CallTarget): PipelineRunner {
  const client = createClient(PipelineRunnerRpc, target.transport);
  return {
    async executeRun(spec, vars, { maxTaskDurationMs = 0, ...options } = {}) {
      // Go dereferences the options without a check.
      const request = {
        spec,
        vars,
        options: { maxTaskDuration: durationMessageToWire(maxTaskDurationMs, "MaxTaskDuration") },
      };
      return (await client.executeRun(request, options)).results.map(taskResultFromWire);
    },
  };
}
