/** Calls the services that a relayer offers the median product. */
import { createClient } from "@connectrpc/connect";
import {
  MedianContract as MedianContractRpc,
  OnchainConfigCodec as OnchainConfigCodecRpc,
  ReportCodec as ReportCodecRpc,
} from "../../../proto/gen/loop/median_pb.ts";
import type { Connection } from "../../../transports/connection.ts";
import type { CallTarget, OverConnection } from "../connection.ts";
import { createPluginProviderClient } from "../provider/client.ts";
import { countFromWire, countToWire, durationToWire, requiredBigInt } from "../values.ts";
import {
  observationToWire,
  onchainConfigFromWire,
  onchainConfigToWire,
  roundRequestedFromWire,
  transmissionDetailsFromWire,
} from "./messages.ts";
import type { MedianContract, MedianProvider, OnchainConfigCodec, ReportCodec } from "./types.ts";

/**
 * The client carries its connection, so that a median plugin that gets it as its provider gets the connection's bytes without
 * decoding.
 * @param options.name see `createServiceClient`; default `MedianProviderClient`
 */
export function createMedianProviderClient(
  connection: Connection,
  { name = "MedianProviderClient" }: { name?: string } = {},
): MedianProvider & OverConnection {
  return {
    ...createPluginProviderClient(connection, { name }),
    reportCodec: createReportCodecClient(connection),
    medianContract: createMedianContractClient(connection),
    onchainConfigCodec: createOnchainConfigCodecClient(connection),
  };
}

function createReportCodecClient(target: CallTarget): ReportCodec {
  const client = createClient(ReportCodecRpc, target.transport);
  return {
    async buildReport(observations, options) {
      return (await client.buildReport({ observations: observations.map(observationToWire) }, options)).report;
    },
    async medianFromReport(report, options) {
      return requiredBigInt((await client.medianFromReport({ report }, options)).median, "a report's median");
    },
    async maxReportLength(n, options) {
      const { max } = await client.maxReportLength({ n: countToWire(n, "N") }, options);
      return countFromWire(max, "MaxReportLength");
    },
  };
}

function createMedianContractClient(target: CallTarget): MedianContract {
  const client = createClient(MedianContractRpc, target.transport);
  return {
    async latestTransmissionDetails(options) {
      return transmissionDetailsFromWire(await client.latestTransmissionDetails({}, options));
    },
    async latestRoundRequested(lookbackMs, options) {
      const request = { lookback: durationToWire(lookbackMs, "Lookback") };
      return roundRequestedFromWire(await client.latestRoundRequested(request, options));
    },
  };
}

function createOnchainConfigCodecClient(target: CallTarget): OnchainConfigCodec {
  const client = createClient(OnchainConfigCodecRpc, target.transport);
  return {
    async encode(config, options) {
      return (await client.encode({ onchainConfig: onchainConfigToWire(config) }, options)).encoded;
    },
    async decode(encoded, options) {
      return onchainConfigFromWire((await client.decode({ encoded }, options)).onchainConfig);
    },
  };
}
