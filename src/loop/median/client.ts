/** Calls `loop.PluginMedian`: a host's view of a median plugin. */
import { createClient } from "@connectrpc/connect";
import { PluginMedian as PluginMedianRpc } from "../../../proto/gen/loop/median_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { ByteHandler, Routes } from "../../../transports/connection.ts";
import { dialObject, ownObject } from "../brokered.ts";
import { shareDeadline } from "../calls.ts";
import { type CallTarget, connectionOf } from "../connection.ts";
import { dataSourceRoutes } from "../data-source/server.ts";
import { errorLogRoutes } from "../error-log/server.ts";
import { createLifetime, endLifetime } from "../lifetime.ts";
import { medianProviderRoutes } from "../median-provider/server.ts";
import { createReportingPluginFactoryClient } from "../reporting-plugin/client.ts";
import { createServiceClient } from "../service/client.ts";
import type { PluginMedian } from "./types.ts";

/**
 * `newMedianFactory` serves the data sources, the provider and the error log to the plugin until the factory is closed. A
 * provider that is itself a client (see `createMedianProviderClient`) is not decoded here: its connection's bytes pass
 * through, services that this project does not know included.
 *
 * Closing the plugin closes the factories that were made through this client, too.
 * @param options.name see `createServiceClient`; default `PluginMedianClient`
 */
export function createPluginMedianClient(
  target: CallTarget,
  broker: Broker,
  { name = "PluginMedianClient" }: { name?: string } = {},
): PluginMedian {
  const client = createClient(PluginMedianRpc, target.transport);
  const service = createServiceClient(target, name);
  const lifetime = createLifetime(service);
  return {
    ...service,
    async newMedianFactory(args, options) {
      const rest = shareDeadline(options);
      await using held = new AsyncDisposableStack();
      const serve = async (what: Routes | ByteHandler) => held.use(await broker.serve(what)).id;

      // In the order of Chainlink's hosts, so that the ids are theirs.
      const dataSourceID = await serve(dataSourceRoutes(args.dataSource));
      const juelsPerFeeCoinDataSourceID = await serve(dataSourceRoutes(args.juelsPerFeeCoin));
      const gasPriceSubunitsDataSourceID = await serve(dataSourceRoutes(args.gasPriceSubunits));
      const medianProviderID = await serve(connectionOf(args.provider)?.bytes ?? medianProviderRoutes(args.provider));
      const errorLogID = await serve(errorLogRoutes(args.errorLog));

      const { contractId, deviationFuncDefinition } = args;
      const reply = await client.newMedianFactory(
        {
          medianProviderID,
          contractID: contractId,
          dataSourceID,
          juelsPerFeeCoinDataSourceID,
          gasPriceSubunitsDataSourceID,
          errorLogID,
          ...(deviationFuncDefinition === undefined ? {} : { deviationFuncDefinition }),
        },
        rest(),
      );
      const connection = await dialObject(broker, "ReportingPluginFactory", reply.reportingPluginFactoryID, rest());
      held.use(connection);
      const factory = createReportingPluginFactoryClient(connection, broker, {
        name: `${name}.ReportingPluginFactoryClient`,
      });
      return ownObject(factory, lifetime, held.move());
    },
    close: (options) => endLifetime(lifetime, options),
  };
}
