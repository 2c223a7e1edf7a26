import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { until } from "../../src/testing/until.ts";
import { kinds as transports } from "../runtime/support.ts";
import { conformanceModule, createNode, type TestNode } from "../server/support.ts";
import { type Prometheus, prometheusProgram, startPrometheus } from "./support.ts";

const kinds = [...transports].toSorted();
const plugins = Object.fromEntries(
  kinds.map((kind) => [kind, { module: conformanceModule, transport: kind, restart: false as const }]),
);
/** A scrape that took too long on a busy machine leaves a gap; the next one fills it. */
const polling = { timeout: 30_000, interval: 100 };

const allUp = { "in-process": "1", node: "1", process: "1", worker: "1" };

describe.skipIf(prometheusProgram === undefined)("a real Prometheus on the shipped config", () => {
  describe("watching plugins on every transport", () => {
    const running = new AsyncDisposableStack();
    let node: TestNode;
    let prometheus: Prometheus;
    beforeAll(async () => {
      node = running.use(await createNode({ plugins }));
      for (const kind of kinds) await node.runtime.client(kind, Conformance).unary({});
      prometheus = running.use(await startPrometheus(`127.0.0.1:${node.server.port}`));
    });
    afterAll(() => running.disposeAsync());

    it("scrapes the node and each plugin without an error", async () => {
      await upIs(prometheus, allUp);
      const targets = await prometheus.targets();
      const paths = ["/metrics", ...kinds.map((kind) => `/plugins/${kind}/metrics`)];
      expect(targets.map(({ scrapeUrl }) => scrapeUrl).toSorted()).toEqual(
        paths.map((path) => `${node.url}${path}`).toSorted(),
      );
      await expect
        .poll(async () => (await prometheus.targets()).map(({ health, lastError }) => [health, lastError]), polling)
        .toEqual(targets.map(() => ["up", ""]));
    });

    it("reads every metric as what it is, and keeps the plugins' apart", async () => {
      await upIs(prometheus, allUp);
      const types = await prometheus.types();
      // Counters without `_total`, as in OpenMetrics: the format that Prometheus asks for by itself.
      for (const [name, type] of [
        ["conformance_calls", "counter"],
        ["grpc_server_handled", "counter"],
        ["grpc_server_handling_seconds", "histogram"],
        ["loopp_plugin_restarts", "counter"],
        ["loopp_plugin_state", "gauge"],
        ["process_resident_memory_bytes", "gauge"],
      ] as const) {
        expect([name, types.get(name)]).toEqual([name, type]);
      }
      for (const counted of [
        "conformance_calls_total == 1",
        'grpc_server_handled_total{grpc_method="Unary",grpc_code="OK"} == 1',
        'loopp_plugin_state{state="ready"} == 1',
      ]) {
        await expect.poll(() => pluginsIn(prometheus, counted), { ...polling, message: counted }).toEqual(kinds);
      }
      // Every metric has the same plugin as its target.
      expect(await prometheus.query('{exported_plugin!=""}')).toEqual([]);
    });

    it("sees plugins go down, come back, vanish and appear", async () => {
      for (const kind of kinds) node.runtime.plugin(kind).kill();
      await upIs(prometheus, { "in-process": "0", node: "1", process: "0", worker: "0" });
      await expect.poll(() => pluginsIn(prometheus, 'loopp_plugin_state{state="failed"} == 1'), polling).toEqual(kinds);
      for (const kind of kinds) await node.runtime.plugin(kind).start();
      await upIs(prometheus, allUp);

      await node.runtime.remove("worker");
      await node.runtime.add("late", { module: conformanceModule, transport: "worker" });
      const left = ["in-process", "late", "process"];
      await upIs(prometheus, { "in-process": "1", late: "1", node: "1", process: "1" });
      await expect.poll(() => pluginsIn(prometheus, "loopp_plugin_generation"), polling).toEqual(left);
    });
  });
});

async function pluginsIn(prometheus: Prometheus, expression: string): Promise<string[]> {
  return (await prometheus.query(expression)).map(({ metric }) => metric.plugin ?? "node").toSorted();
}

/** Waits until these, by name, and no others are the targets, up ("1") and down ("0") as said. */
async function upIs(prometheus: Prometheus, expected: Readonly<Record<string, string>>): Promise<void> {
  const wanted = JSON.stringify([Object.keys(expected), Object.entries(expected)]);
  await until(`Prometheus sees ${wanted}`, async () => {
    const targets = (await prometheus.targets()).map(({ labels }) => labels.plugin ?? "node").toSorted();
    const up = (await prometheus.query("up")).map(({ metric, value: [, is] }) => [metric.plugin ?? "node", is]);
    return JSON.stringify([targets, up.toSorted()]) === wanted;
  });
}
