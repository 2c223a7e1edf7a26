/** A relayer plugin and a median plugin work together, on every combination of transports. */
import { describe, expect, it, onTestFinished } from "vitest";
import { medianHandshake, relayerHandshake } from "../../src/loop/handshakes.ts";
import { createPluginMedianClient } from "../../src/loop/median/client.ts";
import { createPluginRelayerClient } from "../../src/loop/relayer/client.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { check } from "../../transports/options/check.ts";
import type { Handshake } from "../../transports/plugin.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";
import { asNodeOf2023 } from "./old-host.ts";
import { bytes, createSampleProvider, reportingPluginConfig, timestamp } from "./samples.ts";

const inProcess = createInProcessTransport();
const worker = createWorkerTransport();
const process = createProcessTransport();

async function launch(transport: PluginTransport, name: string, handshake: Handshake) {
  const logged: string[] = [];
  const module = new URL(`./plugins/${name}.plugin.ts`, import.meta.url);
  const spec = check(transport.options, { module }, name);
  const instance = await transport.launch(spec, {
    name,
    generation: 1,
    config: undefined,
    handshake,
    guestProgram: new URL("../../src/guest/program.ts", import.meta.url),
    signal: AbortSignal.timeout(60_000),
    onLog: ({ message }) => logged.push(message),
  });
  onTestFinished(() => instance.kill());
  return { instance, logged };
}

const combinations: readonly { readonly relayer: PluginTransport; readonly median: PluginTransport }[] = [
  { relayer: inProcess, median: inProcess },
  { relayer: inProcess, median: worker },
  { relayer: worker, median: process },
  { relayer: process, median: process },
  { relayer: process, median: inProcess },
];

describe.each(combinations)("with the relayer on $relayer.kind and the median on $median.kind", (combination) => {
  it("a round reaches the host's sources and keystore through both, and both end gracefully", async () => {
    const options = { timeoutMs: 30_000 };
    const relayerPlugin = await launch(combination.relayer, "relayer", relayerHandshake);
    const medianPlugin = await launch(combination.median, "median", medianHandshake);

    const relayers = createPluginRelayerClient(relayerPlugin.instance, relayerPlugin.instance.broker);
    const keystore = {
      accounts: async () => ["me"],
      sign: async (_account: string, data: Uint8Array) => bytes(4, 2, ...data),
      decrypt: async () => bytes(),
    };
    const relayer = await relayers.newRelayer("Name = 'sample'", keystore, options);
    expect((await relayer.chainStatus(options)).config).toBe("Name = 'sample'");
    const relayArgs = {
      externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
      jobId: 1,
      contractId: "0x42",
      isNew: false,
      relayConfig: bytes(),
    };
    const pluginArgs = { transmitterId: "me", pluginConfig: bytes() };
    const provider = await relayer.newMedianProvider(relayArgs, pluginArgs, options);

    const medians = createPluginMedianClient(medianPlugin.instance, medianPlugin.instance.broker);
    const errors: string[] = [];
    const factory = await medians.newMedianFactory(
      {
        provider,
        contractId: "0x42",
        dataSource: { observe: async ({ round }) => BigInt(round) },
        juelsPerFeeCoin: { observe: async () => 0n },
        gasPriceSubunits: { observe: async () => -1n },
        errorLog: { saveError: async (message) => void errors.push(message) },
      },
      options,
    );
    const { plugin, info } = await factory.newReportingPlugin(reportingPluginConfig, options);
    expect(info.name).toBe("0x42");
    const observation = await plugin.observation(timestamp, bytes(), options);
    expect(new TextDecoder().decode(observation)).toBe("255 0 -1 me:427 -1042");
    expect(errors).toEqual(["nothing is wrong"]);
    expect(await medians.healthReport(options)).toEqual(
      new Map([
        ["PluginMedianClient", ""],
        ["PluginMedianClient.SampleMedian", ""],
      ]),
    );

    // One ends by its Close, the other only by its end.
    await medians.close(options);
    expect(await medianPlugin.instance.stop({ graceMs: 10_000 })).toMatchObject({ reason: "clean", lastStderr: [] });
    expect(medianPlugin.logged.filter((line) => line === "the sample median is closed")).toHaveLength(1);
    expect(await relayerPlugin.instance.stop({ graceMs: 10_000 })).toMatchObject({ reason: "clean", lastStderr: [] });
    expect(relayerPlugin.logged.filter((line) => line === "the sample relayer is closed")).toHaveLength(1);

    // A later close finds nothing left to close and does not fail.
    await relayers.close(options);
  });
});

describe.each([inProcess, worker, process])("a median plugin on $kind", (transport) => {
  it("reads what Chainlink's node 2.9.0 asks it for", async () => {
    const options = { timeoutMs: 30_000 };
    const { instance } = await launch(transport, "median", medianHandshake);
    const errors: string[] = [];
    const factory = await createPluginMedianClient(asNodeOf2023(instance), instance.broker).newMedianFactory(
      {
        provider: createSampleProvider(),
        contractId: "0x42",
        dataSource: { observe: async ({ round }) => BigInt(round) },
        juelsPerFeeCoin: { observe: async () => 7n },
        gasPriceSubunits: { observe: async () => -1n },
        errorLog: { saveError: async (message) => void errors.push(message) },
      },
      options,
    );
    const { plugin, info } = await factory.newReportingPlugin(reportingPluginConfig, options);
    expect(info.name).toBe("");
    const observation = await plugin.observation(timestamp, bytes(), options);
    expect(new TextDecoder().decode(observation)).toMatch(/^255 7 0 /);
    expect(errors).toEqual(["nothing is wrong"]);
    await instance.stop({ graceMs: 10_000 });
  });
});
