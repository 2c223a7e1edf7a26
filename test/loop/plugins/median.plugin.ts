/** A median plugin whose observation shows everything that it can reach: the data sources, the error log, the relayer's provider. */
import { medianHandshake } from "../../../src/loop/handshakes.ts";
import { servePluginMedian } from "../../../src/loop/median/server.ts";
import type { MedianFactoryArgs } from "../../../src/loop/median/types.ts";
import type { ReportingPlugin } from "../../../src/loop/reporting-plugin/types.ts";
import { definePlugin } from "../../../transports/plugin.ts";
import { createSampleReportingPlugin, createSampleService } from "../samples.ts";

function createReportingPlugin({ provider, ...args }: MedianFactoryArgs): ReportingPlugin {
  return {
    ...createSampleReportingPlugin(),
    async observation(timestamp, _query, options) {
      const seen = await Promise.all([
        args.dataSource.observe(timestamp, options),
        args.juelsPerFeeCoin.observe(timestamp, options),
        args.gasPriceSubunits.observe(timestamp, options),
        provider.contractTransmitter.fromAccount(options),
        provider.reportCodec.medianFromReport(new Uint8Array(), options),
      ]);
      await args.errorLog.saveError("nothing is wrong", options);
      return new TextEncoder().encode(seen.join(" "));
    },
  };
}

export default definePlugin({
  handshake: medianHandshake,
  setup: ({ broker, log }) =>
    servePluginMedian(
      {
        ...createSampleService("SampleMedian"),
        newMedianFactory: async (args) => ({
          ...createSampleService("SampleMedian.Factory"),
          newReportingPlugin: async () => ({
            plugin: createReportingPlugin(args),
            info: {
              name: args.contractId,
              uniqueReports: false,
              limits: { maxQueryLength: 0, maxObservationLength: 92, maxReportLength: 992 },
            },
          }),
        }),
        close: async () => log.info("the sample median is closed"),
      },
      broker,
    ),
});
