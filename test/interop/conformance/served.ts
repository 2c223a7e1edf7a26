/**
 * What our host serves to the conformance plugin: the values that its static checks ask for, and no others. A question that is
 * not the expected one is answered by an error, which the plugin repeats in its own.
 */
import { deepStrictEqual } from "node:assert";
import { Code, ConnectError } from "@connectrpc/connect";
import { MedianContract as MedianContractRpc } from "../../../proto/gen/loop/median_pb.ts";
import { connectionKey } from "../../../src/loop/connection.ts";
import type { DataSource } from "../../../src/loop/data-source/types.ts";
import type { Keystore } from "../../../src/loop/keystore/types.ts";
import { medianProviderRoutes } from "../../../src/loop/median-provider/server.ts";
import type { MedianProvider } from "../../../src/loop/median-provider/types.ts";
import { answerBytes } from "../../../transports/calls/answer.ts";
import { connectionOver, overBytes } from "../../../transports/calls/connection.ts";
import type { Routes } from "../../../transports/connection.ts";
import { decodeTexts, encodeTexts } from "./cbor.ts";
import { contractReader, median, provider, relayer } from "./values.ts";

const maxMessageBytes = 1024 * 1024;

/** The test relayer asks for the accounts alone. */
export function createKeystore(): Keystore {
  const unexpected = () => Promise.reject(new Error("the test relayer does not ask for this"));
  return { accounts: async () => [relayer.account], sign: unexpected, decrypt: unexpected };
}

export function createDataSource(value: bigint): DataSource {
  return {
    async observe(timestamp) {
      deepStrictEqual(timestamp, median.timestamp);
      return value;
    },
  };
}

/** A median provider by our types, as a relayer of ours would make it. */
export function createMedianProvider(): MedianProvider {
  return {
    name: () => "MedianProvider",
    ready: async () => {},
    healthReport: async () => new Map([["MedianProvider", ""]]),
    close: async () => {},
    offchainConfigDigester: {
      configDigestPrefix: async () => provider.digestPrefix,
      async configDigest(config) {
        deepStrictEqual(config, provider.contractConfig);
        return provider.digest;
      },
    },
    contractConfigTracker: {
      latestConfigDetails: async () => ({ changedInBlock: provider.changedInBlock, configDigest: provider.digest }),
      async latestConfig(changedInBlock) {
        deepStrictEqual(changedInBlock, provider.changedInBlock);
        return provider.contractConfig;
      },
      latestBlockHeight: async () => provider.blockHeight,
    },
    contractTransmitter: {
      async transmit(context, report, signatures) {
        deepStrictEqual([context, report, signatures], [provider.reportContext, provider.report, provider.signatures]);
      },
      latestConfigDigestAndEpoch: async () => ({ configDigest: provider.digest, epoch: provider.epoch }),
      fromAccount: async () => provider.account,
    },
    reportCodec: {
      async buildReport(observations) {
        deepStrictEqual(observations, median.observations);
        return median.report;
      },
      async medianFromReport(report) {
        deepStrictEqual(report, median.report);
        return median.medianOfReport;
      },
      async maxReportLength(n) {
        deepStrictEqual(n, median.n);
        return median.maxReportLength;
      },
    },
    medianContract: {
      latestTransmissionDetails: async () => ({
        ...median.latest,
        latestAnswer: median.latestAnswer,
        latestTimestamp: Number(median.latestTimestamp.seconds) * 1000,
      }),
      async latestRoundRequested(lookbackMs) {
        deepStrictEqual(lookbackMs, median.lookbackMs);
        return median.latest;
      },
    },
    contractReader: {
      async getLatestValue({ readIdentifier, params }) {
        // Asked with nothing at first, to see whether there is a reader at all.
        if (readIdentifier !== contractReader.readIdentifier) {
          throw new ConnectError(`invalid type: there is no "${readIdentifier}"`, Code.InvalidArgument);
        }
        deepStrictEqual(params.version, contractReader.encoding);
        deepStrictEqual(decodeTexts(params.data), contractReader.params);
        return { version: contractReader.encoding, data: encodeTexts(contractReader.latestValue) };
      },
      bind: async () => {},
      unbind: async () => {},
    },
    onchainConfigCodec: {
      async encode(config) {
        deepStrictEqual(config, median.onchainConfig);
        return median.encodedOnchainConfig;
      },
      async decode(encoded) {
        deepStrictEqual(encoded, median.encodedOnchainConfig);
        return median.onchainConfig;
      },
    },
  };
}

/**
 * That provider with a time of the latest answer that is exact to the nanosecond, which the median test plugin asks for: our types
 * have milliseconds in a double.
 */
export function withExactTime(made: MedianProvider): MedianProvider {
  const typed = answerBytes(medianProviderRoutes(made), maxMessageBytes);
  const exact = answerBytes(exactRoutes, maxMessageBytes);
  const carrierOf = (path: string) => (path === "/loop.MedianContract/LatestTransmissionDetails" ? exact : typed);
  const bytes: typeof typed = {
    unary: (call) => carrierOf(call.path).unary(call),
    stream: (call) => carrierOf(call.path).stream(call),
  };
  const connection = connectionOver(overBytes(bytes, maxMessageBytes), async () => {});
  return { ...made, [connectionKey]: connection } as MedianProvider;
}

const exactRoutes: Routes = (router) => {
  router.rpc(MedianContractRpc.method.latestTransmissionDetails, () => ({
    ...median.latest,
    latestAnswer: { negative: false, value: Uint8Array.of(Number(median.latestAnswer)) },
    latestTimestamp: median.latestTimestamp,
  }));
};
