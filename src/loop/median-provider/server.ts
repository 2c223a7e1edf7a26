/** Serves what a relayer offers the median product: the services of every provider and three for the median alone. */
import {
  MedianContract as MedianContractRpc,
  OnchainConfigCodec as OnchainConfigCodecRpc,
  ReportCodec as ReportCodecRpc,
} from "../../../proto/gen/loop/median_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { fromNanoseconds } from "../../values/duration.ts";
import { unary } from "../calls.ts";
import { createObjectScope, type ObjectScope } from "../object-scope.ts";
import { pluginProviderRoutes } from "../provider/server.ts";
import { bigIntToWire, countFromWire, countToWire } from "../values.ts";
import {
  observationFromWire,
  onchainConfigFromWire,
  onchainConfigToWire,
  roundRequestedToWire,
  transmissionDetailsToWire,
} from "./messages.ts";
import type { MedianContract, MedianProvider, OnchainConfigCodec, ReportCodec } from "./types.ts";

/**
 * All services of a median provider. A median plugin probes for a contract reader and a codec, and uses them instead of the
 * three services when the provider has them.
 * @param scope what `Close` ends; by default only the provider
 */
export function medianProviderRoutes(
  provider: MedianProvider,
  scope: ObjectScope = createObjectScope(provider),
): Routes {
  return (router) => {
    pluginProviderRoutes(provider, scope)(router);
    reportCodecRoutes(provider.reportCodec)(router);
    medianContractRoutes(provider.medianContract)(router);
    onchainConfigCodecRoutes(provider.onchainConfigCodec)(router);
  };
}

function reportCodecRoutes(codec: ReportCodec): Routes {
  return (router) => {
    router.service(ReportCodecRpc, {
      buildReport: unary(async ({ observations }, options) => ({
        report: await codec.buildReport(observations.map(observationFromWire), options),
      })),
      medianFromReport: unary(async ({ report }, options) => ({
        median: bigIntToWire(await codec.medianFromReport(report, options)),
      })),
      maxReportLength: unary(async ({ n }, options) => ({
        max: countToWire(await codec.maxReportLength(countFromWire(n, "N"), options), "MaxReportLength"),
      })),
    });
  };
}

function medianContractRoutes(contract: MedianContract): Routes {
  return (router) => {
    router.service(MedianContractRpc, {
      latestTransmissionDetails: unary(async (_, options) =>
        transmissionDetailsToWire(await contract.latestTransmissionDetails(options)),
      ),
      latestRoundRequested: unary(async ({ lookback }, options) =>
        roundRequestedToWire(await contract.latestRoundRequested(fromNanoseconds(lookback), options)),
      ),
    });
  };
}

function onchainConfigCodecRoutes(codec: OnchainConfigCodec): Routes {
  return (router) => {
    router.service(OnchainConfigCodecRpc, {
      encode: unary(async ({ onchainConfig }, options) => ({
        encoded: await codec.encode(onchainConfigFromWire(onchainConfig), options),
      })),
      decode: unary(async ({ encoded }, options) => ({
        onchainConfig: onchainConfigToWire(await codec.decode(encoded, options)),
      })),
    });
  };
}
