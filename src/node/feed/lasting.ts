/** LOOP objects that survive the lives of the plugin that serves them: each call goes to the object of the present life. */
import { Code, ConnectError } from "@connectrpc/connect";
import { sendBytes } from "../../../transports/calls/answer.ts";
import { deferResponse } from "../../../transports/calls/deferred.ts";
import { createTransport } from "../../../transports/calls/transport.ts";
import type { Connection } from "../../../transports/connection.ts";
import { defaultMaxMessageBytes } from "../../../transports/transport.ts";
import { connectionOf } from "../../loop/connection.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { ReportingPlugin, ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";
import type { PluginHandle } from "../../runtime/plugin-handle.ts";
import type { Resource } from "../../runtime/resources.ts";
import type { Bindings } from "./bindings.ts";

/**
 * The bytes of whatever provider is present. A plugin that holds a client of them keeps it when the relayer comes back.
 * @param bindings hears of what the provider is to keep in mind
 */
export function createLastingConnection(provider: Resource<PluginProvider>, bindings: Bindings): Connection {
  const bytes = bindings.watch({
    call: (call) =>
      deferResponse(
        provider.get({ signal: call.signal }).then((present) => {
          const connection = connectionOf(present);
          if (connection === undefined) throw new ConnectError("the provider has no connection", Code.Internal);
          return connection.bytes.call(call);
        }),
      ),
  });
  return {
    bytes,
    transport: createTransport(sendBytes(bytes, defaultMaxMessageBytes)),
    async [Symbol.asyncDispose]() {},
  };
}

/**
 * A factory whose reporting plugins are made again in every life of the product's plugin, with the config that they were made
 * with. (Chainlink's own host leaves them dead until the next config.)
 */
export function createLastingFactory(
  plugin: PluginHandle,
  factory: Resource<ReportingPluginFactory>,
): ReportingPluginFactory {
  return {
    name: () => `${plugin.name}.ReportingPluginFactory`,
    ready: async (options) => (await factory.get(options)).ready(options),
    healthReport: async (options) => (await factory.get(options)).healthReport(options),
    async close() {
      await factory[Symbol.asyncDispose]();
    },
    async newReportingPlugin(config, options) {
      const made = plugin.resource({
        create: async (life) => (await factory.within(life)).newReportingPlugin(config, options),
        dispose: (previous) => previous.plugin.close({ timeoutMs: 1000 }),
      });
      try {
        const { info } = await made.get(options);
        return { info, plugin: lastingReportingPlugin(made) };
      } catch (error) {
        await made[Symbol.asyncDispose]();
        throw error;
      }
    },
  };
}

function lastingReportingPlugin(made: Resource<{ plugin: ReportingPlugin }>): ReportingPlugin {
  const present = async (options?: Parameters<typeof made.get>[0]) => (await made.get(options)).plugin;
  return {
    query: async (timestamp, options) => (await present(options)).query(timestamp, options),
    observation: async (timestamp, query, options) => (await present(options)).observation(timestamp, query, options),
    report: async (timestamp, query, observations, options) =>
      (await present(options)).report(timestamp, query, observations, options),
    shouldAcceptFinalizedReport: async (timestamp, report, options) =>
      (await present(options)).shouldAcceptFinalizedReport(timestamp, report, options),
    shouldTransmitAcceptedReport: async (timestamp, report, options) =>
      (await present(options)).shouldTransmitAcceptedReport(timestamp, report, options),
    close: async () => {
      await made[Symbol.asyncDispose]();
    },
  };
}
