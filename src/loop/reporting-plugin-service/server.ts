/** Serves `loop.ReportingPluginService`: the root of a generic plugin. */
import { ReportingPluginService as ReportingPluginServiceRpc } from "../../../proto/gen/loop/reporting_plugin_service_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Routes } from "../../../transports/connection.ts";
import type { Served } from "../../../transports/plugin.ts";
import { dialObject, serveObject } from "../brokered.ts";
import { shareDeadline, unary } from "../calls.ts";
import { createErrorLogClient } from "../error-log/client.ts";
import { createKeyValueStoreClient } from "../key-value-store/client.ts";
import { createLifetime, endLifetime } from "../lifetime.ts";
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
 * What a generic plugin's `setup` returns: its services, and an end that closes the plugin with all factories, reporting
 * plugins and validation services that it has made and were not closed before.
 *
 * A factory is given a client of everything that there is. What a host does not offer rejects with Unimplemented when it is
 * asked: older hosts have no key-value store. The relayer set is not dialled, because nothing here asks it.
 */
export function serveReportingPluginService(plugin: ReportingPluginService, broker: Broker): Served {
  const lifetime = createLifetime(plugin);
  return {
    routes(router) {
      serviceRoutes(plugin, lifetime)(router);
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
          const ID = await serveReportingPluginFactory(factory, broker, lifetime, options, connections);
          return { ID };
        }),
        newValidationService: unary(async (_, options) => {
          const validation = await plugin.newValidationService(options);
          return { ID: await serveObject(broker, lifetime, validation, validationServiceRoutes, options) };
        }),
      });
    },
    dispose: () => endLifetime(lifetime),
  };
}

/** The services of {@link serveReportingPluginService} alone, for those who end the plugin by its `Close`. */
export function reportingPluginServiceRoutes(plugin: ReportingPluginService, broker: Broker): Routes {
  return serveReportingPluginService(plugin, broker).routes;
}
