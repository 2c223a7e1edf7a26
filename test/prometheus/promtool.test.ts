import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createWorld } from "../node/support.ts";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode } from "../server/support.ts";
import { checkMetrics, promtoolProgram, runPromtool, shippedConfig } from "./support.ts";

const clean = { code: 0, said: "" };

describe.skipIf(promtoolProgram === undefined)("promtool", () => {
  it("finds nothing to say about names, types and help of any metric, on every transport", async () => {
    const plugins = Object.fromEntries(kinds.map((kind) => [kind, { module: conformanceModule, transport: kind }]));
    await using node = await createNode({ plugins });
    for (const kind of kinds) await node.runtime.client(kind, Conformance).unary({});
    for (const path of [...kinds.map((kind) => `/plugins/${kind}/metrics`), "/metrics"]) {
      const text = await (await node.get(path)).text();
      expect(text).toContain("# TYPE grpc_");
      expect([path, await checkMetrics(text)]).toEqual([path, clean]);
    }
  });

  it("finds nothing to say about the metrics of a node that runs feeds", async () => {
    await using world = await createWorld();
    await using node = await world.start([]);
    for (const path of ["/metrics", "/plugins/median.widget/metrics", "/plugins/simulated.1337/metrics"]) {
      const text = await (await fetch(`http://127.0.0.1:${node.http.port}${path}`)).text();
      expect(text).toMatch(/^grpc_(client|server)_started_total\{.*grpc_service="loop\./m);
      expect([path, await checkMetrics(text)]).toEqual([path, clean]);
    }
  });

  it("takes the shipped scrape config", async () => {
    const { code, said } = await runPromtool(["check", "config", fileURLToPath(shippedConfig)]);
    expect(said).toContain("SUCCESS");
    expect(said).toMatch(/alerts\.yml\n.*SUCCESS: [1-9]\d* rules found/);
    expect(code).toBe(0);
  });

  it("complains when there is something to complain about", async () => {
    const { code, said } = await checkMetrics("# TYPE calls counter\ncalls 1\n");
    expect(code).not.toBe(0);
    expect(said).toContain("_total");
  });
});
