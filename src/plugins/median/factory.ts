/** The root of the median plugin, and the factory that makes the reporting plugins of one feed. */
import type { Logger } from "../../../transports/plugin.ts";
import { zeroDataSource } from "../../loop/data-source/zero.ts";
import { prefixed } from "../../loop/errors.ts";
import type { MedianFactoryArgs, PluginMedian } from "../../loop/median/types.ts";
import type { ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";
import { type Component, createService } from "../../loop/service/component.ts";
import { parseDeviationFunction } from "./deviation.ts";
import { maxObservationLength } from "./observation.ts";
import { decodeMedianOffchainConfig } from "./offchain-config.ts";
import { createMedianReportingPlugin } from "./reporting-plugin.ts";

export interface MedianOptions {
  readonly log: Logger;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** The root of the median plugin. */
export function createPluginMedian(options: MedianOptions): PluginMedian {
  const service = createService("PluginMedian");
  return {
    ...service,
    newMedianFactory: async (args) => createMedianFactory(args, options, service),
  };
}

/**
 * The factory of one feed. Its observations carry a gas price unless the source is {@link zeroDataSource} itself, which only a
 * caller in the same memory can pass.
 * @param plugin the component that the factory is a part of
 * @throws SyntaxError, TypeError when the deviation function is invalid
 */
export function createMedianFactory(
  args: MedianFactoryArgs,
  options: MedianOptions,
  plugin: Component = createService("PluginMedian"),
): ReportingPluginFactory {
  const { provider, contractId, dataSource, juelsPerFeeCoin, gasPriceSubunits } = args;
  const now = options.now ?? Date.now;
  const deviates = parseDeviationFunction(args.deviationFuncDefinition, now);
  const service = plugin.part("ReportingPluginFactory");
  const log = options.log.with({ logger: service.name(), ...(contractId !== "" && { contractId }) });

  return {
    ...service,

    async newReportingPlugin(config, call) {
      const offchainConfig = decodeMedianOffchainConfig(config.offchainConfig);
      const [onchainConfig, maxReportLength] = await Promise.all([
        provider.onchainConfigCodec.decode(config.onchainConfig, call),
        provider.reportCodec.maxReportLength(config.n, call),
      ]).catch((thrown) => {
        throw prefixed("Cannot make a median reporting plugin", thrown);
      });
      const plugin = createMedianReportingPlugin({
        config,
        offchainConfig,
        onchainConfig,
        maxReportLength,
        dataSource,
        juelsPerFeeCoin,
        ...(gasPriceSubunits !== zeroDataSource && { gasPriceSubunits }),
        contract: provider.medianContract,
        codec: provider.reportCodec,
        deviates,
        log: log.with({ oracleId: config.oracleId }),
        now,
      });
      return {
        plugin,
        info: {
          name: "NumericalMedian",
          uniqueReports: false,
          limits: { maxQueryLength: 0, maxObservationLength, maxReportLength },
        },
      };
    },
  };
}
