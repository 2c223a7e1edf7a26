/** What the runtime is to run for a node's chains and jobs, and which of it is not ours. */
import { randomUUID } from "node:crypto";
import type { PluginTransport } from "../../../transports/transport.ts";
import type { JobSpec } from "../../jobs/types.ts";
import { builtInTransports } from "../../runtime/built-in-transports.ts";
import type { PluginOptions } from "../../runtime/options.ts";
import { defaultOrigin, type Mistake, type Origin, throwMistakes } from "../../settings/mistakes.ts";
import type { ChainConfig } from "../config/chains.ts";
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
  /** Those that serve their metrics on a port of their own. */
  readonly foreign: ReadonlyMap<string, { readonly metricsPort: number }>;
}

/** A plugin, and whom it is for. */
interface Wanted {
  readonly name: string;
  readonly kind: PluginKind | undefined;
  readonly job?: JobSpec;
  readonly origin: Origin;
}

/**
 * @param transports those that the node has been given beside the built-in ones
 * @throws ConfigError with every plugin that nobody can run
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
    // What is written for the others has been checked with the config; a job's command may contradict it.
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
    const port = options.options?.process?.env?.CL_PROMETHEUS_PORT ?? "";
    if (/^[1-9]\d{0,4}$/.test(port) && Number(port) <= 65_535) foreign.set(name, { metricsPort: Number(port) });
    else {
      const message = `Expected a port from 1 to 65535, got ${JSON.stringify(port)}: leave it out, and the node finds one`;
      const own = settings.origins.get("env.CL_PROMETHEUS_PORT") ?? origin;
      mistakes.push({ origin: own, key: `plugins.${name}.env.CL_PROMETHEUS_PORT`, message });
    }
  }
  mistakes.push(...findUnusedNames(config.plugins, Object.keys(plugins)));
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

/** A command of the job comes before all that is said elsewhere, and contradicts what cannot be with it. */
function withJob(settings: PluginConfig, job: JobSpec | undefined, origin: Origin, mistakes: Mistake[]): PluginConfig {
  const command = job?.pluginType === "plugin" ? job.product.command : undefined;
  if (command === undefined) return settings;
  const place = settings.origins.get("transport") ?? defaultOrigin;
  const contradiction =
    settings.module !== undefined
      ? `it has a module in the config as well, ${settings.module}`
      : place !== defaultOrigin && settings.transport !== "process"
        ? `it is to run on the transport "${settings.transport}", and a command runs as a process`
        : undefined;
  if (contradiction !== undefined) {
    const message = `The job names a command for ${settings.name}, but ${contradiction}: take one of the two away`;
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
    ? `The built-in ${kind} relayer is not there yet; set ${variable} to a plugin that serves it`
    : `There is no plugin for the product "${kind}": name its module in [plugins.${kind}], or set ${variable}`;
}
