/**
 * The conformance plugin as relayer, and as median product on its provider: our host stands between the two and passes the bytes of
 * every call on, also of services and of generations that it does not know.
 */
import { expect, it } from "vitest";
import { connectionKey, connectionOf, type OverConnection } from "../../../src/loop/connection.ts";
import { medianHandshake, relayerHandshake } from "../../../src/loop/handshakes.ts";
import { createPluginMedianClient } from "../../../src/loop/median/client.ts";
import type { MedianProvider } from "../../../src/loop/median-provider/types.ts";
import { createPluginRelayerClient } from "../../../src/loop/relayer/client.ts";
import { type PeerName, peerVersion } from "../peers.ts";
import { describePeer } from "../support.ts";
import { expectReportingPlugin } from "./reporting.ts";
import { createDataSource, createKeystore } from "./served.ts";
import { callOptions, generations, startConformancePlugin } from "./support.ts";
import { relayer as expected, median } from "./values.ts";

for (const generation of generations) {
  describePeer(generation, "median product on a provider that our host passes on", proxyChecks, generations);
}

function proxyChecks(name: PeerName): void {
  it.each(generations)("finds every value as it expects it, the relayer being %s", async (relayerName) => {
    const provider = await startProvider(relayerName);
    const { passed, watched } = watch(provider);
    const { make } = await startConformancePlugin(name, "median", { handshake: medianHandshake });
    const root = await make(async (instance) => createPluginMedianClient(instance, instance.broker));
    const errors: string[] = [];
    const factory = await root.newMedianFactory(
      {
        provider: watched,
        contractId: median.contractId,
        dataSource: createDataSource(median.value),
        juelsPerFeeCoin: createDataSource(median.juelsPerFeeCoin),
        gasPriceSubunits: createDataSource(median.gasPriceSubunits),
        errorLog: { saveError: async (message) => void errors.push(message) },
      },
      callOptions,
    );
    await expectReportingPlugin(factory);
    expect(errors).toEqual([median.error]);
    // Each generation looks for the codec where it had it; nobody serves one here.
    const codec = peerVersion(name) === "v0.3.0" ? "/loop.Codec/GetDecoding" : "/codec.Codec/GetDecoding";
    expect([...passed.entries()].sort()).toEqual(
      [
        [codec, 1],
        ["/loop.ContractConfigTracker/LatestBlockHeight", 1],
        ["/loop.ContractConfigTracker/LatestConfig", 1],
        ["/loop.ContractConfigTracker/LatestConfigDetails", 1],
        // Once to see whether it is there.
        ["/loop.ContractReader/GetLatestValue", 2],
        ["/loop.ContractTransmitter/FromAccount", 1],
        ["/loop.ContractTransmitter/LatestConfigDigestAndEpoch", 1],
        ["/loop.ContractTransmitter/Transmit", 1],
        ["/loop.MedianContract/LatestRoundRequested", 1],
        ["/loop.MedianContract/LatestTransmissionDetails", 1],
        ["/loop.OffchainConfigDigester/ConfigDigest", 1],
        ["/loop.OffchainConfigDigester/ConfigDigestPrefix", 1],
        ["/loop.OnchainConfigCodec/Decode", 1],
        ["/loop.OnchainConfigCodec/Encode", 1],
        ["/loop.ReportCodec/BuildReport", 1],
        ["/loop.ReportCodec/MaxReportLength", 1],
        ["/loop.ReportCodec/MedianFromReport", 1],
      ].sort(),
    );
  });
}

async function startProvider(name: PeerName): Promise<MedianProvider> {
  const { make } = await startConformancePlugin(name, "relayer", {
    handshake: relayerHandshake,
    args: ["-static-checks"],
  });
  const root = await make(async (instance) => createPluginRelayerClient(instance, instance.broker));
  const relayer = await root.newRelayer(expected.config, createKeystore(), {
    csaKeystore: createKeystore(),
    ...callOptions,
  });
  return relayer.newMedianProvider(expected.relayArgs, expected.pluginArgs, callOptions);
}

/** Counts the calls that pass, by their path. */
function watch(provider: MedianProvider): { passed: Map<string, number>; watched: MedianProvider & OverConnection } {
  const connection = connectionOf(provider);
  if (connection === undefined) throw new Error("The provider is no client");
  const passed = new Map<string, number>();
  const bytes: typeof connection.bytes = {
    unary(call) {
      passed.set(call.path, (passed.get(call.path) ?? 0) + 1);
      return connection.bytes.unary(call);
    },
    stream(call) {
      passed.set(call.path, (passed.get(call.path) ?? 0) + 1);
      return connection.bytes.stream(call);
    },
  };
  return { passed, watched: { ...provider, [connectionKey]: { ...connection, bytes } } };
}
