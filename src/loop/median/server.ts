/** Serves `loop.PluginMedian`: the root of a median plugin. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import {
  type NewMedianFactoryRequest,
  NewMedianFactoryRequestOf2023Schema,
  NewMedianFactoryRequestSchema,
  PluginMedian as PluginMedianRpc,
} from "../../../proto/gen/loop/median_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Routes } from "../../../transports/connection.ts";
import type { Served } from "../../../transports/plugin.ts";
import { dialObject } from "../brokered.ts";
import { shareDeadline, unary } from "../calls.ts";
import { createDataSourceClient } from "../data-source/client.ts";
import { zeroDataSource } from "../data-source/zero.ts";
import { createErrorLogClient } from "../error-log/client.ts";
import { createMedianProviderClient } from "../median-provider/client.ts";
import { createObjectScope, endObjectScope } from "../object-scope.ts";
import { serveReportingPluginFactory } from "../reporting-plugin/server.ts";
import { serviceRoutes } from "../service/server.ts";
import type { PluginMedian } from "./types.ts";

/**
 * What a median plugin's `setup` returns: its services, and a `dispose` that closes the plugin with all factories and
 * reporting plugins that it has made and that are still open.
 */
export function servePluginMedian(plugin: PluginMedian, broker: Broker): Served {
  const scope = createObjectScope(plugin);
  return {
    routes(router) {
      serviceRoutes(plugin, scope)(router);
      router.service(PluginMedianRpc, {
        newMedianFactory: unary(async (sent, options) => {
          const request = withPresentNumbers(sent);
          const rest = shareDeadline(options);
          await using connections = new AsyncDisposableStack();
          const dial = async (kind: string, id: number) => connections.use(await dialObject(broker, kind, id, rest()));

          const dataSource = await dial("DataSource", request.dataSourceID);
          const juelsPerFeeCoin = await dial("JuelsPerFeeCoinDataSource", request.juelsPerFeeCoinDataSourceID);
          const gasPriceID = request.gasPriceSubunitsDataSourceID;
          const gasPriceSubunits = gasPriceID === 0 ? undefined : await dial("GasPriceSubunitsDataSource", gasPriceID);
          const provider = await dial("MedianProvider", request.medianProviderID);
          const errorLog = await dial("ErrorLog", request.errorLogID);

          const { contractID, deviationFuncDefinition } = request;
          const factory = await plugin.newMedianFactory(
            {
              provider: createMedianProviderClient(provider),
              contractId: contractID,
              dataSource: createDataSourceClient(dataSource),
              juelsPerFeeCoin: createDataSourceClient(juelsPerFeeCoin),
              gasPriceSubunits:
                gasPriceSubunits === undefined ? zeroDataSource : createDataSourceClient(gasPriceSubunits),
              errorLog: createErrorLogClient(errorLog),
              ...(deviationFuncDefinition === undefined ? {} : { deviationFuncDefinition }),
            },
            rest(),
          );
          const reportingPluginFactoryID = await serveReportingPluginFactory(
            factory,
            broker,
            scope,
            options,
            connections,
          );
          return { reportingPluginFactoryID };
        }),
      });
    },
    service: plugin,
    dispose: () => endObjectScope(scope),
  };
}

/** Also the request of a host from before September 2024, whose numbering has neither the contract's name nor deviation functions. */
function withPresentNumbers(request: NewMedianFactoryRequest): Omit<NewMedianFactoryRequest, "$typeName" | "$unknown"> {
  const isOf2023 = request.$unknown?.some(({ no, wireType }) => no === 2 && wireType === WireType.Varint);
  if (!isOf2023) return request;
  const old = fromBinary(NewMedianFactoryRequestOf2023Schema, toBinary(NewMedianFactoryRequestSchema, request));
  return { ...old, contractID: "" };
}

/** Only the services of {@link servePluginMedian}, for a plugin that is ended by its `Close`. */
export function pluginMedianRoutes(plugin: PluginMedian, broker: Broker): Routes {
  return servePluginMedian(plugin, broker).routes;
}
