/** Which plugins the runtime has to run for a node's chains and jobs, and which of them serve metrics over HTTP. */
import { randomUUID } from "node:crypto";
import type { PluginTransport } from "../../../transports/transport.ts";
import type { JobSpec } from "../../jobs/types.ts";
import { builtInTransports } from "../../runtime/built-in-transports.ts";
import type { PluginOptions } from "../../runtime/options.ts";
import { defaultOrigin, type Mistake, type Origin, throwMistakes } from "../../settings/mistakes.ts";
import { maxPort, parsePort } from "../../values/port.ts";
import type { ChainConfig } from "../config/chains.ts";
import { findUnusedFeeds } from "../config/feeds.ts";
import { loopEnvironment } from "../config/loop/environment.ts";
import { findUnusedNames } from "../config/plugins/names.ts";
import { toPluginOptions } from "../config/plugins/options.ts";
import { resolvePlugin } from "../config/plugins/resolve.ts";
import { checkTransportOptions } from "../config/plugins/transport-options.ts";
import type { PluginConfig } from "../config/plugins/types.ts";
import { commandVariable } from "../config/plugins/variables.ts";
import type { NodeConfig } from "../config/types.ts";
import { type PluginKind, pluginKinds, productKind } from "./kinds.ts";
import type { Ports } from "./ports.ts";

export interface NodePlugins {
  readonly plugins: Readonly<Record<string, PluginOptions>>;
  /** Plugins that serve their metrics over HTTP, on the port that is named here. */
  readonly foreign: ReadonlyMap<string, { readonly metricsPort: number }>;
}

/** A plugin that a chain or a job needs. */
interface Wanted {
  readonly name: string;
  readonly kind: PluginKind | undefined;
  readonly job?: JobSpec;
  readonly origin: Origin;
}

/**
 * @param transports the custom ones
 * @throws ConfigError with every plugin that cannot be run
 */
export async function planPlugins(
  config: NodeConfig,
  chains: readonly ChainConfig[],
  jobs: readonly JobSpec[],
  ports: Ports,
  transports: readonly PluginTransport[],
): Promise<NodePlugins> {
  const plugins: Record<string, PluginOptions> = {};
  const foreign = new Map<string, { metricsPort: number }>();
  const mistakes: Mistake[] = [];
  const appId = randomUUID();
  for (const { name, kind, job, origin } of wantedBy(config, chains, jobs)) {
    const written = resolvePlugin(config.plugins, name);
    const settings = withJob(written, job, origin, mistakes);
    // For built-in transports the config's settings have been checked when it was read, but not together with a job's command.
    const unchecked = settings === written ? transports : [...builtInTransports, ...transports];
    mistakes.push(...checkTransportOptions(config.plugins, settings, unchecked));
    const isCommand = settings.command !== undefined;
    if (kind === undefined || (kind.builtIn === undefined && !isCommand && settings.module === undefined)) {
      mistakes.push({ origin, key: name, message: missing(settings.kind, job) });
      continue;
    }
    const nodeEnv = isCommand ? loopEnvironment(config.loop, { metricsPort: await ports.take(), appId }) : {};
    const options = toPluginOptions(settings, kind.builtIn ?? new URL("about:blank"), { ...nodeEnv, ...envOf(job) });
    plugins[name] = { ...options, handshake: kind.handshake };
    if (!isCommand || settings.scrape === "rpc") continue;
    // The user may have chosen another port.
    const text = options.options?.process?.env?.CL_PROMETHEUS_PORT ?? "";
    const port = parsePort(text);
    if (port !== undefined) foreign.set(name, { metricsPort: port });
    else {
      const message = `Expected a port from 1 to ${maxPort}, got ${JSON.stringify(text)}: leave it out, and the node finds one`;
      const writtenAt = settings.origins.get("env.CL_PROMETHEUS_PORT") ?? origin;
      mistakes.push({ origin: writtenAt, key: `plugins.${name}.env.CL_PROMETHEUS_PORT`, message });
    }
  }
  mistakes.push(...findUnusedNames(config.plugins, Object.keys(plugins)));
  mistakes.push(
    ...findUnusedFeeds(
      config,
      jobs.map((job) => job.plugin),
      config.plugins.kinds,
    ),
  );
  throwMistakes(mistakes);
  return { plugins, foreign };
}

function wantedBy(config: NodeConfig, chains: readonly ChainConfig[], jobs: readonly JobSpec[]): Wanted[] {
  return [
    ...chains.map(({ plugin, family, path }) => {
      return { name: plugin, kind: pluginKinds[family.name], origin: config.plugins.originOf([...path]) };
    }),
    ...jobs.map((job): Wanted => {
      const kind = job.pluginType === "plugin" ? productKind : pluginKinds[job.pluginType];
      return { name: job.plugin, kind, job, origin: { kind: "file", file: job.file, line: 1 } };
    }),
  ];
}

/** A job's command overrides every other setting of what the plugin runs, and must not contradict a module or a transport. */
function withJob(settings: PluginConfig, job: JobSpec | undefined, origin: Origin, mistakes: Mistake[]): PluginConfig {
  const command = job?.pluginType === "plugin" ? job.product.command : undefined;
  if (command === undefined) return settings;
  const transportOrigin = settings.origins.get("transport") ?? defaultOrigin;
  const contradiction =
    settings.module !== undefined
      ? `the config names a module, ${settings.module}`
      : transportOrigin !== defaultOrigin && settings.transport !== "process"
        ? `its transport is set to "${settings.transport}", and a command runs as a process`
        : undefined;
  if (contradiction !== undefined) {
    const message = `The job names a command for ${settings.name}, but ${contradiction}: remove one of the two`;
    mistakes.push({ origin, key: "pluginConfig.command", message });
  }
  const { module: _, ...rest } = settings;
  return { ...rest, command, args: [], transport: "process" };
}

function envOf(job: JobSpec | undefined): Readonly<Record<string, string>> {
  return job?.pluginType === "plugin" ? job.product.envVars : {};
}

function missing(kind: string, job: JobSpec | undefined): string {
  const variable = commandVariable(kind);
  return job === undefined
    ? `There is no built-in ${kind} relayer: set ${variable} to the command of a plugin that serves it`
    : `There is no plugin for the product "${kind}": name its module in [plugins.${kind}], or set ${variable}`;
}
