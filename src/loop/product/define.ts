/** Turns the definition of a custom product, a few functions, into a plugin of the generic kind. */
import { definePlugin, type PluginContext, type PluginModule } from "../../../transports/plugin.ts";
import { connectionKey } from "../connection.ts";
import { genericHandshake } from "../handshakes.ts";
import type { ReportingPluginFactory } from "../reporting-plugin/types.ts";
import { serveReportingPluginService } from "../reporting-plugin-service/server.ts";
import type { ReportingPluginService } from "../reporting-plugin-service/types.ts";
import { createService } from "../service/component.ts";
import { checkPluginConfig, readPluginConfig } from "./config.ts";
import { createSharedMetrics } from "./metrics.ts";
import { createProductPlugin } from "./reporting-plugin.ts";
import type { ProductContext, ReportingPluginDefinition } from "./types.ts";

/**
 * Declares a product. The result is a plugin module's default export: it runs on every transport, and on a Chainlink node as
 * the command of an OCR2 job with `pluginType = "plugin"`.
 * @throws TypeError when the name is invalid
 */
export function defineReportingPlugin<Config = unknown, Offchain = undefined, State = undefined>(
  definition: ReportingPluginDefinition<Config, Offchain, State>,
): PluginModule {
  if (!/^[A-Za-z0-9._-]+$/.test(definition.name)) {
    throw new TypeError(
      `Cannot name a reporting plugin "${definition.name}": use letters, digits, dots, underscores and hyphens`,
    );
  }
  return definePlugin({
    handshake: genericHandshake,
    setup: (context) => serveReportingPluginService(createProduct(definition, context), context.broker),
  });
}

/** The root service of a product's plugin. */
function createProduct<Config, Offchain, State>(
  definition: ReportingPluginDefinition<Config, Offchain, State>,
  plugin: Pick<PluginContext, "log" | "metrics" | "signal">,
): ReportingPluginService {
  const { name } = definition;
  const metrics = createSharedMetrics(plugin.metrics);
  return {
    ...createService(name),
    async newReportingPluginFactory({ config: job, ...given }) {
      const config = await checkPluginConfig(name, readPluginConfig(name, job.pluginConfig), definition.config);
      const { log, signal } = plugin;
      const connection = given.provider[connectionKey];
      return createFactory(definition, { ...given, config, job, connection, log, metrics, signal });
    },
    async newValidationService() {
      return {
        ...createService(`${name}.ValidationService`),
        async validateConfig(table) {
          await checkPluginConfig(name, table, definition.config);
        },
      };
    },
  };
}

function createFactory<Config, Offchain, State>(
  definition: ReportingPluginDefinition<Config, Offchain, State>,
  context: ProductContext<Config>,
): ReportingPluginFactory {
  const { name, uniqueReports = false, limits } = definition;
  return {
    ...createService(`${name}.ReportingPluginFactory`),
    async newReportingPlugin(oracle) {
      const log = context.log.with({ oracleId: oracle.oracleId });
      // Without a decoder `Offchain` is undefined by default.
      const offchain = definition.offchainConfig?.(oracle) as Offchain;
      const oracleContext = { ...context, log, oracle, offchain };
      const bounds = typeof limits === "function" ? await limits(oracleContext) : limits;
      return {
        plugin: await createProductPlugin(definition, oracleContext, bounds),
        info: { name, uniqueReports, limits: bounds },
      };
    },
  };
}
