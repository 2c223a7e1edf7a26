/** What a real plugin's end does to those who use it: the conformance plugin exits after so many calls, or panics. */
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { medianHandshake, relayerHandshake } from "../../../src/loop/handshakes.ts";
import { createPluginMedianClient } from "../../../src/loop/median/client.ts";
import { createPluginRelayerClient } from "../../../src/loop/relayer/client.ts";
import type { Relayer } from "../../../src/loop/relayer/types.ts";
import type { ReportingPlugin } from "../../../src/loop/reporting-plugin/types.ts";
import type { PluginHandle } from "../../../src/runtime/plugin-handle.ts";
import type { Resource } from "../../../src/runtime/resources.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import type { PeerName } from "../peers.ts";
import { describePeer } from "../support.ts";
import { createDataSource, createKeystore, createMedianProvider, withExactTime } from "./served.ts";
import { callOptions, generations, startConformancePlugin } from "./support.ts";
import { relayer as expected, median, reporting } from "./values.ts";

/** At once, and as often as it takes. */
const restart = { initialDelayMs: 1, maxDelayMs: 1, maxRestarts: 1000 };

function relayerOf(plugin: PluginHandle): Resource<Relayer> {
  return plugin.resource({
    create: (instance) =>
      createPluginRelayerClient(instance, instance.broker).newRelayer(expected.config, createKeystore(), {
        csaKeystore: createKeystore(),
        ...callOptions,
      }),
  });
}

function reportingPluginOf(plugin: PluginHandle): Resource<ReportingPlugin> {
  return plugin.resource({
    async create(instance) {
      const root = createPluginMedianClient(instance, instance.broker);
      const factory = await root.newMedianFactory(
        {
          provider: withExactTime(createMedianProvider()),
          contractId: median.contractId,
          dataSource: createDataSource(median.value),
          juelsPerFeeCoin: createDataSource(median.juelsPerFeeCoin),
          gasPriceSubunits: createDataSource(median.gasPriceSubunits),
          errorLog: { saveError: async () => {} },
        },
        callOptions,
      );
      return (await factory.newReportingPlugin(reporting.config, callOptions)).plugin;
    },
  });
}

/** Asks until there is an answer, as who drives a plugin does: a call that a crash interrupts fails, and the next one may not. */
async function askUntilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const failures: ConnectError[] = [];
  const answer = await until<T>("there is an answer", () =>
    ask().catch((error: unknown) => {
      failures.push(ConnectError.from(error));
      return undefined;
    }),
  );
  for (const { code } of failures) expect(code).toBe(Code.Unavailable);
  return answer;
}

for (const generation of generations) describePeer(generation, "ends and comes back under our host", recoveryChecks);

function recoveryChecks(name: PeerName): void {
  it("a relayer that exits after some calls is there again, and so is what was made through it", async () => {
    const { plugin } = await startConformancePlugin(name, "relayer", {
      handshake: relayerHandshake,
      // Health checks use them up, in a time that is enough to make a relayer anew and ask it.
      args: ["-static-checks", "-limit", "40"],
      restart,
      health: { intervalMs: 20 },
    });
    const relayer = relayerOf(plugin);
    for (const generation of [1, 2, 3]) {
      await until("the plugin has been started again", () => plugin.status.generation > generation);
      expect(plugin.status.lastExit).toMatchObject({ reason: "crashed", code: 3 });
      const status = await askUntilAnswered(async () => (await relayer.get(callOptions)).chainStatus(callOptions));
      expect(status).toEqual(expected.chainStatus);
    }
  });

  it("a reporting plugin is there again after its plugin exited", async () => {
    const { plugin } = await startConformancePlugin(name, "median", {
      handshake: medianHandshake,
      args: ["-limit", "40"],
      restart,
      health: { intervalMs: 20 },
    });
    const reportingPlugin = reportingPluginOf(plugin);
    for (const generation of [1, 2, 3]) {
      await until("the plugin has been started again", () => plugin.status.generation > generation);
      const report = await askUntilAnswered(async () =>
        (await reportingPlugin.get(callOptions)).query(reporting.timestamp, callOptions),
      );
      expect(report).toEqual(reporting.query);
    }
  });

  it("SIGKILL fails what is under way and nothing after it", async () => {
    const { plugin } = await startConformancePlugin(name, "median", { handshake: medianHandshake, restart });
    const resource = reportingPluginOf(plugin);
    const lost = await resource.get(callOptions);
    const pid = plugin.status.pid ?? 0;
    process.kill(pid, "SIGKILL");
    await until("the plugin has been started again", () => plugin.status.generation === 2);
    expect(plugin.status.lastExit).toMatchObject({ reason: "crashed", signal: "SIGKILL" });
    expect((await failure(lost.query(reporting.timestamp, callOptions))).code).toBe(Code.Unavailable);
    const found = await resource.get(callOptions);
    expect(await found.query(reporting.timestamp, callOptions)).toEqual(reporting.query);
  });

  it("a plugin that has used up its calls before it is ready fails the start, which says so", async () => {
    const starting = startConformancePlugin(name, "relayer", { handshake: relayerHandshake, args: ["-limit", "1"] });
    // Mostly by its exit, and where that takes its time, by its connection.
    await expect(starting).rejects.toThrow(/exit code 3|connection lost/);
  });

  it("a plugin of another kind fails the start, with its own words", async () => {
    const starting = startConformancePlugin(name, "relayer", { handshake: medianHandshake });
    const words = expect.stringContaining("This binary is a plugin");
    await expect(starting).rejects.toMatchObject({
      code: "handshake-failed",
      lastStderr: expect.arrayContaining([words]),
    });
  });

  // The relayers of that generation do not have the methods of loop.Service, and the whole process ends with a Go panic over it.
  if (name !== "conformance-2024") return;
  it("a panic is told with its text, and the plugin comes back", async () => {
    const { plugin } = await startConformancePlugin(name, "relayer", { handshake: relayerHandshake, restart });
    const relayer = relayerOf(plugin);
    const report = await (await relayer.get(callOptions)).healthReport(callOptions);
    expect([...report.values()][0]).not.toBe("");
    await until("the plugin has been started again", () => plugin.status.generation === 2);
    const { lastExit } = plugin.status;
    expect(lastExit).toMatchObject({ reason: "crashed", code: 2 });
    expect(lastExit?.lastStderr.join("\n")).toContain("panic: unimplemented");
    expect(await (await relayer.get(callOptions)).chainStatus(callOptions)).toEqual(expected.chainStatus);
  });
}
