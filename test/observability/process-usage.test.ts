import { describe, expect, it } from "vitest";
import { Conformance, DieRequest_How } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createHostMetrics } from "../../src/observability/host-metrics.ts";
import { readProcessUsage } from "../../src/observability/process-usage.ts";
import { until } from "../../src/testing/until.ts";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode } from "../server/support.ts";
import { readSamples, valuesBy } from "./support.ts";

const onLinux = process.platform === "linux";

describe("what plugins use", () => {
  it("is shown for those that have their own process, and for no others", async () => {
    const plugins = Object.fromEntries(
      kinds.map((kind) => [kind, { module: conformanceModule, transport: kind, restart: false as const }]),
    );
    await using node = await createNode({ plugins });
    const read = async () => (await node.get("/metrics")).text();
    const memory = valuesBy(await read(), "loopp_plugin_memory_bytes", "plugin");
    expect(Object.keys(memory)).toEqual(onLinux ? ["process"] : []);
    // A JavaScript runtime takes megabytes, and what it reports of itself is of the same order.
    const own = valuesBy(
      await (await node.get("/plugins/process/metrics")).text(),
      "process_resident_memory_bytes",
      "",
    );
    if (onLinux) expect(memory.process! / own[""]!).toBeCloseTo(1, 0);

    node.runtime.plugin("process").kill();
    await until("the plugin has failed", () => node.runtime.plugin("process").state === "failed");
    const after = readSamples(await read()).filter(({ name }) => /^loopp_plugin_(memory|cpu)_/.test(name));
    expect(after).toEqual([]);
  });

  it.runIf(onLinux)("grows with the work that a plugin does, even if the plugin does not answer", async () => {
    await using node = await createNode({
      plugins: { busy: { module: conformanceModule, transport: "process", health: false, stopGraceMs: 0 } },
    });
    const cpu = async () =>
      valuesBy(await (await node.get("/metrics")).text(), "loopp_plugin_cpu_seconds_total", "plugin").busy ?? 0;
    const before = await cpu();
    expect(before).toBeGreaterThan(0);
    node.runtime
      .client("busy", Conformance)
      .die({ how: DieRequest_How.BLOCK })
      .catch(() => {});
    await until("the plugin has used 100 ms more of its processor", async () => (await cpu()) > before + 0.1);
  });

  it("is reported by a plugin with its own thread, for that thread alone", async () => {
    const plugins = Object.fromEntries(kinds.map((kind) => [kind, { module: conformanceModule, transport: kind }]));
    await using node = await createNode({ plugins });
    const told = await Promise.all(
      kinds.map(async (kind) => {
        const samples = readSamples(await (await node.get(`/plugins/${kind}/metrics`)).text());
        const own = samples.filter(({ name }) => name.startsWith("loopp_thread_"));
        expect(own.every(({ value }) => value > 0)).toBe(true);
        return [kind, own.map(({ name }) => name)];
      }),
    );
    expect(Object.fromEntries(told)).toEqual({
      "in-process": [],
      worker: ["loopp_thread_cpu_seconds_total"],
      process: [],
    });
  });

  it("is not shown for a process that is not a child of the host: the number may be of another machine, or of no process", async () => {
    const { body } = await createHostMetrics().collect("", [
      { name: "far", transport: "tcp", state: "ready", generation: 1, restarts: 0, since: "", pid: process.pid },
    ]);
    expect(valuesBy(body, "loopp_plugin_memory_bytes", "plugin")).toEqual({});
    for (const pid of [1, process.pid, process.ppid, 2 ** 30, -1])
      expect([pid, readProcessUsage(pid)]).toEqual([pid, undefined]);
  });
});
