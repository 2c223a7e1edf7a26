/** Calls `loop.ReportingPluginService`: a host's view of a generic plugin. */
import { createClient } from "@connectrpc/connect";
import { KeyValueStore as KeyValueStoreRpc } from "../../../proto/gen/loop/keyvalue_store_pb.ts";
import { PipelineRunnerService as PipelineRunnerRpc } from "../../../proto/gen/loop/pipeline_runner_pb.ts";
import { ReportingPluginService as ReportingPluginServiceRpc } from "../../../proto/gen/loop/reporting_plugin_service_pb.ts";
import { Telemetry as TelemetryRpc } from "../../../proto/gen/loop/telemetry_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Carrier, Routes } from "../../../transports/connection.ts";
import { dialObject, ownObject } from "../brokered.ts";
import { shareDeadline } from "../calls.ts";
import { type CallTarget, connectionOf } from "../connection.ts";
import { errorLogRoutes } from "../error-log/server.ts";
import { keyValueStoreRoutes } from "../key-value-store/server.ts";
import { createObjectScope, endObjectScope } from "../object-scope.ts";
import { pipelineRunnerRoutes } from "../pipeline-runner/server.ts";
import { pluginProviderRoutes } from "../provider/server.ts";
import { noRelayerSet } from "../relayer-set/server.ts";
import { createReportingPluginFactoryClient } from "../reporting-plugin/client.ts";
import { createServiceClient } from "../service/client.ts";
import { telemetryRoutes } from "../telemetry/server.ts";
import { unimplementedRoutes } from "../unimplemented.ts";
import { createValidationServiceClient } from "../validation/client.ts";
import type { ReportingPluginServiceClient } from "./types.ts";

const noPipelineRunner = unimplementedRoutes(PipelineRunnerRpc, "this host runs no pipelines for plugins");
const noTelemetry = unimplementedRoutes(TelemetryRpc, "this host takes no telemetry");
const noKeyValueStore = unimplementedRoutes(KeyValueStoreRpc, "this host keeps no values for plugins");

/**
 * `newReportingPluginFactory` serves the factory's arguments to the plugin until the factory is closed. Arguments that are left
 * out are served too and answer Unimplemented, as does the relayer set. For a provider that is itself a client the bytes of its
 * connection are passed through without decoding, including services that this project does not know.
 *
 * Closing the plugin also closes the factories and validation services that were made through this client.
 * @param options.name see `createServiceClient`; default `ReportingPluginServiceClient`
 */
export function createReportingPluginServiceClient(
  target: CallTarget,
  broker: Broker,
  { name = "ReportingPluginServiceClient" }: { name?: string } = {},
): ReportingPluginServiceClient {
  const client = createClient(ReportingPluginServiceRpc, target.transport);
  const service = createServiceClient(target, name);
  const scope = createObjectScope(service);
  return {
    ...service,
    async newReportingPluginFactory({ config, provider, errorLog, ...offered }, options) {
      const rest = shareDeadline(options);
      await using held = new AsyncDisposableStack();
      const serve = async (what: Routes | Carrier<Uint8Array>) => held.use(await broker.serve(what)).id;
      const { pipelineRunner, telemetry, keyValueStore } = offered;

      // In the order of Chainlink's hosts, so that the ids are the same. Only OCR3 plugins get a capabilities registry.
      const providerID = await serve(connectionOf(provider)?.bytes ?? pluginProviderRoutes(provider));
      const pipelineRunnerID = await serve(pipelineRunner ? pipelineRunnerRoutes(pipelineRunner) : noPipelineRunner);
      const telemetryID = await serve(telemetry ? telemetryRoutes(telemetry) : noTelemetry);
      const errorLogID = await serve(errorLogRoutes(errorLog));
      const keyValueStoreID = await serve(keyValueStore ? keyValueStoreRoutes(keyValueStore) : noKeyValueStore);
      const relayerSetID = await serve(noRelayerSet);

      const { providerType, command, pluginName, pluginConfig, telemetryType } = config;
      const { ID } = await client.newReportingPluginFactory(
        {
          providerID,
          errorLogID,
          pipelineRunnerID,
          telemetryID,
          keyValueStoreID,
          relayerSetID,
          ReportingPluginServiceConfig: { providerType, command, pluginName, pluginConfig, telemetryType },
        },
        rest(),
      );
      const connection = held.use(await dialObject(broker, "ReportingPluginFactory", ID, rest()));
      const factory = createReportingPluginFactoryClient(connection, broker, {
        name: `${name}.ReportingPluginFactoryClient`,
      });
      return ownObject(factory, scope, held.move());
    },
    async newValidationService(options) {
      const rest = shareDeadline(options);
      const { ID } = await client.newValidationService({}, rest());
      const connection = await dialObject(broker, "ValidationService", ID, rest());
      const validation = createValidationServiceClient(connection, { name: `${name}.ValidationServiceClient` });
      return ownObject(validation, scope, connection);
    },
    close: (options) => endObjectScope(scope, options),
  };
}
