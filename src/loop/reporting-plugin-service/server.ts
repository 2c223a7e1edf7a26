/** Serves `loop.ReportingPluginService`: the root of a generic plugin. */
import { ReportingPluginService as ReportingPluginServiceRpc } from "../../../proto/gen/loop/reporting_plugin_service_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Routes } from "../../../transports/connection.ts";
import type { Served } from "../../../transports/plugin.ts";
import { dialObject, serveObject } from "../brokered.ts";
import { shareDeadline, unary } from "../calls.ts";
import { createErrorLogClient } from "../error-log/client.ts";
import { createKeyValueStoreClient } from "../key-value-store/client.ts";
import { createObjectScope, endObjectScope } from "../object-scope.ts";
import { createPipelineRunnerClient } from "../pipeline-runner/client.ts";
import { createPluginProviderClient } from "../provider/client.ts";
import { serveReportingPluginFactory } from "../reporting-plugin/server.ts";
import { serviceRoutes } from "../service/server.ts";
import { createTelemetryClient } from "../telemetry/client.ts";
import { createAbsentConnection } from "../unimplemented.ts";
import { validationServiceRoutes } from "../validation/server.ts";
import { required } from "../values.ts";
import type { ReportingPluginService } from "./types.ts";

/**
 * What a generic plugin's `setup` returns: its services, and a `dispose` that closes the plugin with all factories, reporting
 * plugins and validation services that it has made and that are still open.
 *
 * A factory gets a client of every service. Calls of a service that the host does not offer reject with Unimplemented: older
 * hosts have no key-value store. The relayer set is not dialled, because nothing here uses it.
 */
export function serveReportingPluginService(plugin: ReportingPluginService, broker: Broker): Served {
  const scope = createObjectScope(plugin);
  return {
    routes(router) {
      serviceRoutes(plugin, scope)(router);
      router.service(ReportingPluginServiceRpc, {
        newReportingPluginFactory: unary(async (request, options) => {
          const config = required(request.ReportingPluginServiceConfig, "ReportingPluginServiceConfig");
          const { providerType, command, pluginName, pluginConfig, telemetryType } = config;
          const rest = shareDeadline(options);
          await using connections = new AsyncDisposableStack();
          const dial = async (kind: string, id: number) =>
            id === 0
              ? createAbsentConnection(`this host offers no ${kind}`)
              : connections.use(await dialObject(broker, kind, id, rest()));

          const errorLog = await dial("ErrorLog", request.errorLogID);
          const provider = await dial("PluginProvider", request.providerID);
          const pipelineRunner = await dial("PipelineRunner", request.pipelineRunnerID);
          const telemetry = await dial("Telemetry", request.telemetryID);
          const keyValueStore = await dial("KeyValueStore", request.keyValueStoreID);

          const factory = await plugin.newReportingPluginFactory(
            {
              config: { providerType, command, pluginName, pluginConfig, telemetryType },
              provider: createPluginProviderClient(provider),
              errorLog: createErrorLogClient(errorLog),
              pipelineRunner: createPipelineRunnerClient(pipelineRunner),
              telemetry: createTelemetryClient(telemetry),
              keyValueStore: createKeyValueStoreClient(keyValueStore),
            },
            rest(),
          );
          const ID = await serveReportingPluginFactory(factory, broker, scope, options, connections);
          return { ID };
        }),
        newValidationService: unary(async (_, options) => {
          const validation = await plugin.newValidationService(options);
          return { ID: await serveObject(broker, scope, validation, validationServiceRoutes, options) };
        }),
      });
    },
    service: plugin,
    dispose: () => endObjectScope(scope),
  };
}

/** Only the services of {@link serveReportingPluginService}, for a plugin that is ended by its `Close`. */
export function reportingPluginServiceRoutes(plugin: ReportingPluginService, broker: Broker): Routes {
  return serveReportingPluginService(plugin, broker).routes;
}
