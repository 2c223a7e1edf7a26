/** What threads do: the node's own, a worker's, and that of a plugin's process. */
import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { until } from "../../src/testing/until.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode } from "../server/support.ts";
import { readSamples } from "./support.ts";

const names = [
  "loopp_event_loop_lag_seconds",
  "nodejs_external_memory_bytes",
  ...(runtimeName === "node" ? ["nodejs_gc_duration_seconds"] : []),
  "nodejs_heap_size_used_bytes",
];

describe("what a thread does", () => {
  it("is told of the node's and of each that a plugin has, where the runtime tells it", async () => {
    const plugins = Object.fromEntries(kinds.map((kind) => [kind, { module: conformanceModule, transport: kind }]));
    await using node = await createNode({ plugins });
    const read = async (path: string) => readSamples(await (await node.get(path)).text());
    const value = async (path: string, name: string) => (await read(path)).find((one) => one.name === name)?.value;
    const told = await Promise.all(
      ["/metrics", ...kinds.map((kind) => `/plugins/${kind}/metrics`)].map(async (path) => {
        const families = (await read(path)).map(({ name }) => name.replace(/_(bucket|sum|count)$/, ""));
        return [path, [...new Set(families)].filter((name) => /event_loop|^nodejs_/.test(name)).toSorted()];
      }),
    );
    expect(Object.fromEntries(told)).toEqual({
      "/metrics": names,
      "/plugins/in-process/metrics": [],
      "/plugins/worker/metrics": names,
      "/plugins/process/metrics": names,
    });
    for (const path of ["/metrics", "/plugins/worker/metrics", "/plugins/process/metrics"]) {
      expect(await value(path, "nodejs_heap_size_used_bytes")).toBeGreaterThan(0);
      // Watched since the scrape above.
      await until(`the loop behind ${path} is watched`, async () => {
        return ((await value(path, "loopp_event_loop_lag_seconds_count")) ?? 0) > 0;
      });
    }

    const lag = "loopp_event_loop_lag_seconds_sum";
    const before = (await value("/metrics", lag)) ?? Number.NaN;
    const until600 = performance.now() + 600;
    while (performance.now() < until600);
    await until("the block of the node's loop is told", async () => {
      // The watch looks ten times a second, so that of 600 ms it sees at least 500.
      return ((await value("/metrics", lag)) ?? 0) >= before + 0.5;
    });
    if (runtimeName !== "node") return;
    // Of which kind they are is for the runtime to decide.
    const collections = async () =>
      (await read("/plugins/worker/metrics"))
        .filter(({ name }) => name === "nodejs_gc_duration_seconds_count")
        .reduce((total, { value: count }) => total + count, 0);
    const client = node.runtime.client("worker", Conformance);
    await until("the worker has collected garbage", async () => {
      await client.unary({ data: new Uint8Array(1_000_000) });
      return (await collections()) > 0;
    });
  });
});
