/** Calls `loop.ReportingPluginFactory` and the reporting plugins that it makes. */
import { createClient } from "@connectrpc/connect";
import {
  ReportingPluginFactory as ReportingPluginFactoryRpc,
  ReportingPlugin as ReportingPluginRpc,
} from "../../../proto/gen/loop/reporting_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import { dialObject, ownObject } from "../brokered.ts";
import { closeCall, shareDeadline } from "../calls.ts";
import type { CallTarget } from "../connection.ts";
import { reportTimestampToWire } from "../messages.ts";
import { createObjectScope, endObjectScope } from "../object-scope.ts";
import { createServiceClient } from "../service/client.ts";
import { uint8 } from "../values.ts";
import { reportingPluginConfigToWire, reportingPluginInfoFromWire } from "./messages.ts";
import type { ReportingPlugin, ReportingPluginFactory } from "./types.ts";

/**
 * Closing the factory also closes the reporting plugins that were made through this client.
 * @param options.name see `createServiceClient`; default `ReportingPluginFactoryClient`
 */
export function createReportingPluginFactoryClient(
  target: CallTarget,
  broker: Broker,
  { name = "ReportingPluginFactoryClient" }: { name?: string } = {},
): ReportingPluginFactory {
  const client = createClient(ReportingPluginFactoryRpc, target.transport);
  const service = createServiceClient(target, name);
  const scope = createObjectScope(service);
  return {
    ...service,
    async newReportingPlugin(config, options) {
      const rest = shareDeadline(options);
      const request = { reportingPluginConfig: reportingPluginConfigToWire(config) };
      const reply = await client.newReportingPlugin(request, rest());
      const info = reportingPluginInfoFromWire(reply.reportingPluginInfo);
      const connection = await dialObject(broker, "ReportingPlugin", reply.reportingPluginID, rest());
      return { plugin: await ownObject(createReportingPluginClient(connection), scope, connection), info };
    },
    close: (options) => endObjectScope(scope, options),
  };
}

export function createReportingPluginClient(target: CallTarget): ReportingPlugin {
  const client = createClient(ReportingPluginRpc, target.transport);
  return {
    async query(timestamp, options) {
      return (await client.query({ reportTimestamp: reportTimestampToWire(timestamp) }, options)).query;
    },
    async observation(timestamp, query, options) {
      const request = { reportTimestamp: reportTimestampToWire(timestamp), query };
      return (await client.observation(request, options)).observation;
    },
    async report(timestamp, query, observations, options) {
      const attributed = observations.map(({ observation, observer }) => ({
        observation,
        observer: uint8(observer, "Observer"),
      }));
      const request = { reportTimestamp: reportTimestampToWire(timestamp), query, observations: attributed };
      const { shouldReport, report } = await client.report(request, options);
      return shouldReport ? report : undefined;
    },
    async shouldAcceptFinalizedReport(timestamp, report, options) {
      const request = { reportTimestamp: reportTimestampToWire(timestamp), report };
      return (await client.shouldAcceptFinalizedReport(request, options)).shouldAccept;
    },
    async shouldTransmitAcceptedReport(timestamp, report, options) {
      const request = { reportTimestamp: reportTimestampToWire(timestamp), report };
      return (await client.shouldTransmitAcceptedReport(request, options)).shouldTransmit;
    },
    /** Also resolves when the other side has ended. */
    close: (options) => closeCall(client.close({}, options)),
  };
}
