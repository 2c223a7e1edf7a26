import { createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { PipelineRunnerService as PipelineRunnerRpc } from "../../proto/gen/loop/pipeline_runner_pb.ts";
import { createPipelineRunnerClient } from "../../src/loop/pipeline-runner/client.ts";
import { pipelineRunnerRoutes } from "../../src/loop/pipeline-runner/server.ts";
import type { PipelineRunner, TaskResult } from "../../src/loop/pipeline-runner/types.ts";
import { type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

const results: readonly TaskResult[] = [
  { id: "price", type: "http", value: '{"usd":1.5}', isTerminal: false, index: 0 },
  { id: "juels", type: "multiply", value: 2n ** 60n, isTerminal: true, index: 0 },
  { id: "slow", type: "bridge", value: null, error: "timed out", isTerminal: true, index: 1 },
  {
    id: "deep",
    type: "memo",
    value: { list: [1, -2.5, "3.0", null, true, -(10n ** 30n)] },
    isTerminal: true,
    index: -1,
  },
];

describe.each(pairs)("a pipeline runner over $name", ({ create }) => {
  async function connect(runner: PipelineRunner = { executeRun: async () => results }) {
    const calls: Recorded[] = [];
    const connection = await create().main(pipelineRunnerRoutes(recording(runner, calls)));
    return { calls, connection, client: createPipelineRunnerClient(connection) };
  }

  it("returns every task's result, including numbers of any size and errors", async () => {
    const { calls, client } = await connect();
    const vars = { name: "value", list: [1, { deep: null }], yes: true };
    expect(await client.executeRun("a [type=sum]", vars, { timeoutMs: 60_000 })).toEqual(results);
    expect(calls).toMatchObject([{ args: ["a [type=sum]", vars], options: { timeoutMs: expect.any(Number) } }]);
    expect(calls[0]?.options).not.toHaveProperty("maxTaskDurationMs");
  });

  it("limits each task's time when asked to", async () => {
    const { calls, client } = await connect();
    await client.executeRun("", {}, { maxTaskDurationMs: 1500.25 });
    expect(calls[0]?.options).toMatchObject({ maxTaskDurationMs: 1500.25 });
  });

  it("runs without variables and options, which only a hostile caller leaves out", async () => {
    const { calls, connection } = await connect();
    const answer = await createClient(PipelineRunnerRpc, connection.transport).executeRun({ spec: "s" });
    expect(answer.results).toHaveLength(results.length);
    expect(calls).toMatchObject([{ args: ["s", {}] }]);
  });

  it("refuses an invalid result", async () => {
    const answering = async (value: string) => {
      const connection = await create().main((router) => {
        router.service(PipelineRunnerRpc, {
          executeRun: () => ({ results: [{ id: "t", value: new TextEncoder().encode(value) }] }),
        });
      });
      return createPipelineRunnerClient(connection).executeRun("", {});
    };
    await expect(answering("{")).rejects.toThrow(/^Cannot read the result of task "t" as JSON: /);
    await expect(answering("[".repeat(100_000))).rejects.toThrow(/as JSON: it is nested more than 100 levels deep$/);
    expect(await answering("")).toMatchObject([{ id: "t", value: null }]);
    const { client } = await connect({
      executeRun: async () => [{ id: "t", type: "", value: 1, isTerminal: true, index: 2 ** 31 }],
    });
    await expect(client.executeRun("", {})).rejects.toThrow("expected int32 Index");
  });
});
