/** How plugins' own parts are shown. */
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRuntime, type ObservedCall, type PluginHandle } from "../../src/index.ts";
import { relayerHandshake } from "../../src/loop/handshakes.ts";
import type { Keystore } from "../../src/loop/keystore/types.ts";
import { createComponentHealth } from "../../src/node/health.ts";
import { createNodeRelayer } from "../../src/node/relayers/relayer.ts";
import { until } from "../../src/testing/until.ts";
import { conformanceModule } from "../server/support.ts";
import { createWorld } from "./support.ts";

const module = new URL("./fixtures/relayer.plugin.ts", import.meta.url);
const isolated = ["worker", "process"] as const;
const nobody = { accounts: async () => [] } as unknown as Keystore;

const checksOf = (plugin: PluginHandle, maxAgeMs = 0) =>
  createComponentHealth({ relayers: [createNodeRelayer(plugin, "fake", nobody)], feeds: [], maxAgeMs });

describe.each(isolated)("the parts of a relayer plugin on %s", (transport) => {
  const start = (config: object, onCall?: (call: ObservedCall) => undefined) =>
    createRuntime({
      plugins: { "fake.1": { module, transport, config, handshake: relayerHandshake, restart: false, health: false } },
      onLog: () => {},
      ...(onCall === undefined ? {} : { onCall }),
    });

  it("have Chainlink's names, and say what is wrong", async () => {
    await using runtime = await start({ report: { PluginFake: "", "PluginFake.Chain": "no new heads" } });
    expect(await checksOf(runtime.plugin("fake.1"))()).toEqual([
      { name: "fake.1.RelayerService", status: "passing", output: "" },
      { name: "fake.1.RelayerService.PluginRelayerClient", status: "passing", output: "" },
      { name: "fake.1.RelayerService.PluginRelayerClient.PluginFake", status: "passing", output: "" },
      { name: "fake.1.RelayerService.PluginRelayerClient.PluginFake.Chain", status: "failing", output: "no new heads" },
    ]);
  });

  it("are one failing check when the relayer is not ready", async () => {
    await using runtime = await start({ notReady: "the chain is away" });
    expect(await checksOf(runtime.plugin("fake.1"))()).toEqual([
      { name: "fake.1.RelayerService", status: "failing", output: "the chain is away" },
    ]);
  });

  it("are one failing check when the plugin does not answer", async () => {
    await using runtime = await start({ silent: true });
    const [check, ...others] = await checksOf(runtime.plugin("fake.1"))();
    expect(others).toEqual([]);
    expect(check).toMatchObject({ name: "fake.1.RelayerService", status: "failing", output: expect.any(String) });
  });

  it("are one failing check when the plugin is down", async () => {
    await using runtime = await start({});
    const plugin = runtime.plugin("fake.1");
    const health = checksOf(plugin);
    plugin.kill();
    await until("the plugin has failed", () => plugin.state === "failed");
    expect(await health()).toEqual([
      { name: "fake.1.RelayerService", status: "failing", output: "plugin unavailable" },
    ]);
  });

  it("are asked once for all callers at the same time, or soon after", async () => {
    let asked = 0;
    await using runtime = await start({}, ({ method }) => {
      if (method === "HealthReport") asked++;
      return undefined;
    });
    const lazy = checksOf(runtime.plugin("fake.1"), 600_000);
    const all = await Promise.all([lazy(), lazy(), lazy()]);
    expect(await lazy()).toBe(all[0]);
    expect(asked).toBe(1);
    const eager = checksOf(runtime.plugin("fake.1"), -1);
    await eager();
    await eager();
    expect(asked).toBe(3);
  });

  it("are those of its relayer for a plugin that does not report itself, as those of 2024", async () => {
    await using runtime = await createRuntime({
      plugins: { other: { module: conformanceModule, transport } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("other");
    const made = {
      name: () => "client",
      ready: async () => {},
      healthReport: async () => new Map(Object.entries({ client: "", "client.Chain": "behind" })),
    };
    const relayer = { plugin, relayer: { get: async () => made } } as unknown as ReturnType<typeof createNodeRelayer>;
    expect(await createComponentHealth({ relayers: [relayer], feeds: [] })()).toEqual([
      { name: "other.RelayerService", status: "passing", output: "" },
      { name: "other.RelayerService.PluginRelayerClient", status: "passing", output: "" },
      { name: "other.RelayerService.PluginRelayerClient.Chain", status: "failing", output: "behind" },
    ]);
  });
});

describe("a feed's health", () => {
  const start = async (transport: string, factoryReady?: string) => {
    const world = await createWorld();
    const neverStarted = fileURLToPath(new URL("./fixtures/never-started.plugin.ts", import.meta.url));
    const env = factoryReady === undefined ? "" : `env = { FACTORY_READY = ${JSON.stringify(factoryReady)} }\n`;
    appendFileSync(world.configFile, `[plugins."median.widget"]\nmodule = ${JSON.stringify(neverStarted)}\n${env}`);
    const node = await world.start(["--transport", `median=${transport}`]);
    return {
      async health(query = "") {
        const response = await fetch(`http://127.0.0.1:${node.http.port}/health${query}`);
        const { data } = (await response.json()) as { data: { id: string; attributes: { output: string } }[] };
        return { status: response.status, checks: data.map(({ id, attributes }) => [id, attributes.output]) };
      },
      async [Symbol.asyncDispose]() {
        await node.close();
        await world[Symbol.asyncDispose]();
      },
    };
  };

  it("is good although the factory says that it was never started, as Chainlink's own does", async () => {
    await using feed = await start("worker");
    const { status, checks } = await feed.health();
    // What the plugins call their own parts is theirs.
    const ids = checks.map(([id]) => id);
    for (const id of [
      "median.widget.MedianProvider",
      "median.widget.MedianService",
      "median.widget.MedianService.PluginMedianClient",
      "plugins.median.widget",
      "plugins.simulated.1337",
      "simulated.1337.RelayerService",
      "simulated.1337.RelayerService.PluginRelayerClient",
    ]) {
      expect(ids).toContain(id);
    }
    for (const part of [/\.MedianProvider\.\w/, /\.PluginMedianClient\.\w/, /\.PluginRelayerClient\.\w/]) {
      expect(ids).toContainEqual(expect.stringMatching(part));
    }
    expect(checks.filter(([, output]) => output !== "")).toEqual([]);
    expect(status).toBe(200);
  });

  it("is failing, which is no reason for a restart, when the factory says anything else", async () => {
    await using feed = await start("process", "out of ink, see https://app:hunter2@ink.example/?key=1");
    const { status, checks } = await feed.health("?failing");
    const shown = expect.stringMatching(/^out of ink, see https:\/\/[^h]*@ink\.example\S*$/);
    expect(checks).toEqual([["median.widget.MedianService", shown]]);
    expect(status).toBe(207);
  });
});
