/** Serves `loop.ReportingPluginFactory` and the reporting plugins that it makes. */
import {
  ReportingPluginFactory as ReportingPluginFactoryRpc,
  ReportingPlugin as ReportingPluginRpc,
} from "../../../proto/gen/loop/reporting_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import type { Routes } from "../../../transports/connection.ts";
import { serveObject } from "../brokered.ts";
import { unary } from "../calls.ts";
import { reportTimestampFromWire } from "../messages.ts";
import { closeByCall, createObjectScope, type ObjectScope } from "../object-scope.ts";
import { serviceRoutes } from "../service/server.ts";
import type { CallOptions } from "../types.ts";
import { uint8 } from "../values.ts";
import { reportingPluginConfigFromWire, reportingPluginInfoToWire } from "./messages.ts";
import type { ReportingPlugin, ReportingPluginFactory } from "./types.ts";

/**
 * The factory with its `loop.Service`. Each reporting plugin gets its own brokered connection, which ends when the plugin or
 * the factory is closed.
 * @param scope what `Close` ends; by default the factory and what it has made
 */
export function reportingPluginFactoryRoutes(
  factory: ReportingPluginFactory,
  broker: Broker,
  scope: ObjectScope = createObjectScope(factory),
): Routes {
  return (router) => {
    serviceRoutes(factory, scope)(router);
    router.service(ReportingPluginFactoryRpc, {
      newReportingPlugin: unary(async ({ reportingPluginConfig }, options) => {
        const config = reportingPluginConfigFromWire(reportingPluginConfig);
        const { plugin, info } = await factory.newReportingPlugin(config, options);
        const reportingPluginID = await serveObject(broker, scope, plugin, reportingPluginRoutes, options);
        return { reportingPluginID, reportingPluginInfo: reportingPluginInfoToWire(info) };
      }),
    });
  };
}

/**
 * Serves a factory that a product's plugin has made for a caller. Its connections end with it.
 * @returns the broker id
 * @throws as {@link serveObject}
 */
export function serveReportingPluginFactory(
  factory: ReportingPluginFactory,
  broker: Broker,
  maker: ObjectScope,
  options: CallOptions,
  connections: AsyncDisposableStack,
): Promise<number> {
  const routes = (made: ReportingPluginFactory, scope: ObjectScope) =>
    reportingPluginFactoryRoutes(made, broker, scope);
  return serveObject(broker, maker, factory, routes, options, connections);
}

/**
 * A reporting plugin: alone on its connection, without `loop.Service`.
 * @param scope what `Close` ends; by default only the plugin
 */
export function reportingPluginRoutes(plugin: ReportingPlugin, scope: ObjectScope = createObjectScope(plugin)): Routes {
  return (router) => {
    router.service(ReportingPluginRpc, {
      query: unary(async ({ reportTimestamp }, options) => ({
        query: await plugin.query(reportTimestampFromWire(reportTimestamp), options),
      })),
      observation: unary(async ({ reportTimestamp, query }, options) => ({
        observation: await plugin.observation(reportTimestampFromWire(reportTimestamp), query, options),
      })),
      report: unary(async ({ reportTimestamp, query, observations }, options) => {
        const attributed = observations.map(({ observation, observer }) => ({
          observation,
          observer: uint8(observer, "Observer"),
        }));
        const report = await plugin.report(reportTimestampFromWire(reportTimestamp), query, attributed, options);
        return report === undefined ? { shouldReport: false } : { shouldReport: true, report };
      }),
      shouldAcceptFinalizedReport: unary(async ({ reportTimestamp, report }, options) => ({
        shouldAccept: await plugin.shouldAcceptFinalizedReport(
          reportTimestampFromWire(reportTimestamp),
          report,
          options,
        ),
      })),
      shouldTransmitAcceptedReport: unary(async ({ reportTimestamp, report }, options) => ({
        shouldTransmit: await plugin.shouldTransmitAcceptedReport(
          reportTimestampFromWire(reportTimestamp),
          report,
          options,
        ),
      })),
      close: unary(async (_, options, context) => {
        await closeByCall(scope, context.signal, options);
        return {};
      }),
    });
  };
}
