/** Calls `loop.PluginMedian`: a host's view of a median plugin. */
import { createClient } from "@connectrpc/connect";
import { PluginMedian as PluginMedianRpc } from "../../../proto/gen/loop/median_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Carrier, Routes } from "../../../transports/connection.ts";
import { dialObject, ownObject } from "../brokered.ts";
import { shareDeadline } from "../calls.ts";
import { type CallTarget, connectionOf } from "../connection.ts";
import { dataSourceRoutes } from "../data-source/server.ts";
import { errorLogRoutes } from "../error-log/server.ts";
import { medianProviderRoutes } from "../median-provider/server.ts";
import { createObjectScope, endObjectScope } from "../object-scope.ts";
import { createReportingPluginFactoryClient } from "../reporting-plugin/client.ts";
import { createServiceClient } from "../service/client.ts";
import type { PluginMedian } from "./types.ts";

/**
 * `newMedianFactory` serves the data sources, the provider and the error log to the plugin until the factory is closed. For a
 * provider that is itself a client (see `createMedianProviderClient`) the bytes of its connection are passed through without
 * decoding, including services that this project does not know.
 *
 * Closing the plugin also closes the factories that were made through this client.
 * @param options.name see `createServiceClient`; default `PluginMedianClient`
 */
export function createPluginMedianClient(
  target: CallTarget,
  broker: Broker,
  { name = "PluginMedianClient" }: { name?: string } = {},
): PluginMedian {
  const client = createClient(PluginMedianRpc, target.transport);
  const service = createServiceClient(target, name);
  const scope = createObjectScope(service);
  return {
    ...service,
    async newMedianFactory(args, options) {
      const rest = shareDeadline(options);
      await using held = new AsyncDisposableStack();
      const serve = async (what: Routes | Carrier<Uint8Array>) => held.use(await broker.serve(what)).id;

      // In the order of Chainlink's hosts, so that the ids are the same.
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
      return ownObject(factory, scope, held.move());
    },
    close: (options) => endObjectScope(scope, options),
  };
}
