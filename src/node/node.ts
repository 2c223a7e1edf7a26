/** The node: plugins for its chains and jobs, a feed for each job, and an HTTP server that shows them. */
import { createLogger } from "../../transports/logs/log.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import type { JobSpec } from "../jobs/types.ts";
import { createFeedMetrics } from "../observability/feed-metrics.ts";
import { createHostMetrics } from "../observability/host-metrics.ts";
import { createMemoryStore } from "../ocr2/memory-store.ts";
import { createSoloEngine } from "../ocr2/oracle/solo-engine.ts";
import { createRuntime, type Runtime } from "../runtime/create-runtime.ts";
import type { PluginLogLine } from "../runtime/log.ts";
import type { StateChange } from "../runtime/states.ts";
import type { HttpServer } from "../server/serve.ts";
import { ConfigError, defaultOrigin } from "../settings/mistakes.ts";
import { packageVersion } from "../values/package-version.ts";
import { chainToml } from "./config/chains.ts";
import { resolvePlugin } from "./config/plugins/resolve.ts";
import type { NodeConfig } from "./config/types.ts";
import { createFeed, type Feed } from "./feed/feed.ts";
import type { Round } from "./feed/rounds.ts";
import { createComponentHealth } from "./health.ts";
import { startHttp } from "./http.ts";
import { createNodeKeys, type NodeKeys } from "./keystore/keys.ts";
import { loadCustomTransports } from "./plugins/custom-transports.ts";
import { planPlugins } from "./plugins/plan.ts";
import { createPorts } from "./plugins/ports.ts";
import { createPrinter } from "./printer.ts";
import { createNodeRelayer, type NodeRelayer } from "./relayers/relayer.ts";
import { relayerTable, withOwnTransmitter } from "./relayers/relayer-table.ts";

export interface NodeOptions {
  readonly config: NodeConfig;
  readonly jobs: readonly JobSpec[];
  /** Transports besides the built-in ones and those of the config; `loadConfig` has to know their kinds. */
  readonly transports?: readonly PluginTransport[];
  /** @default new ones */
  readonly keys?: NodeKeys;
  /** Called after every round of every feed. */
  readonly onRound?: (round: Round) => void;
  /** @default prints lines of the config's level and above to standard error */
  readonly onLog?: (line: PluginLogLine) => void;
  /** Time from round to round on simulated chains whose config this node sets. @default 2000 */
  readonly simulatedRoundMs?: number;
}

export interface RunningNode extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly feeds: readonly Feed[];
  readonly http: HttpServer;
  readonly keys: NodeKeys;
  /** Ends everything; a second call waits for the first. */
  close(): Promise<void>;
}

/**
 * Starts a node. Resolves when its HTTP server listens and each of its plugins is ready, or has failed to start and is tried again. A feed
 * starts in the background as soon as its own plugins are ready.
 * @throws ConfigError for what cannot be run, LaunchError for a plugin that does not start and has `onBootFailure = "fail"`, and the
 * system's error when the HTTP server cannot listen; everything that had started is ended
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { config, onRound = () => {}, onLog = createPrinter(config.log).log } = options;
  const keys = options.keys ?? createNodeKeys();
  const chains = config.chains.filter(({ enabled }) => enabled);
  const jobs = options.jobs.map((job) => withOwnTransmitter(job, keys));
  const log = createLogger((entry) => onLog({ ...entry, plugin: "node", generation: 0, source: "host" }));

  await using undo = new AsyncDisposableStack();
  const transports = [...(options.transports ?? []), ...(await loadCustomTransports(config))];
  const { plugins, foreign } = await planPlugins(config, chains, jobs, undo.use(createPorts()), transports);
  const feeds: Feed[] = [];
  let componentHealth = createComponentHealth({ relayers: [], feeds: [] });
  const components = async () => [...(await componentHealth()), ...feeds.map(({ watch }) => watch.health)];
  const metrics = createHostMetrics({
    version: packageVersion(),
    health: async () => (await components()).map(({ name, status }) => [name, status === "passing"]),
  });
  /** Plugins that have been ready. */
  const seen = new Set<string>();
  const isStartable = (feed: Feed) => seen.has(feed.plugin.name) && seen.has(feed.relayer.name);
  const onState = (change: StateChange) => {
    metrics.observeState(change);
    if (change.to !== "ready" || seen.has(change.plugin)) return;
    seen.add(change.plugin);
    for (const feed of feeds) if (isStartable(feed)) feed.engine.start();
  };
  const runtime = undo.use(
    await refusing(() =>
      createRuntime({ plugins, transports, autoStart: false, onLog, onState, onCall: metrics.observeCall }),
    ),
  );
  // Before the plugins start: a port that is in use should be reported at once.
  const ready = async () => feeds.map(({ watch }) => watch.readiness);
  const http = undo.use(await startHttp({ config, runtime, metrics, foreign, components, ready, log }));

  const relayers = new Map<string, NodeRelayer>();
  for (const chain of chains) {
    const { family, plugin } = chain;
    const table = relayerTable(chain, jobs, keys, options.simulatedRoundMs);
    const toml = chainToml(family, table, resolvePlugin(config.plugins, plugin).configShape);
    relayers.set(plugin, createNodeRelayer(runtime.plugin(plugin), toml, keys.of(family).keystore));
  }

  const feedMetrics = createFeedMetrics(metrics.registers);
  for (const job of jobs) {
    const chain = chains.find(({ plugin }) => plugin === job.relayer);
    const relayer = relayers.get(job.relayer);
    if (chain === undefined || relayer === undefined) continue;
    const { family, table } = chain;
    const feedLog = log.with({ job: job.name });
    if (family.keys === undefined) {
      feedLog.warn(`The node has no keys for ${family.name} chains: it takes no part in the reports of this feed`);
    }
    const feed = undo.use(
      createFeed({
        job,
        relayer,
        plugin: runtime.plugin(job.plugin),
        keyring: keys.of(family).keyring,
        config,
        log: feedLog,
        // A single oracle. Its state is lost when the node ends, as the node's keys are.
        createEngine: createSoloEngine,
        store: createMemoryStore(),
        decimals: family.ownContracts?.decimalsOf(table, job.contractId) ?? 0,
        metrics: feedMetrics,
        onRound,
      }),
    );
    feeds.push(feed);
  }
  componentHealth = createComponentHealth({ relayers: [...relayers.values()], feeds });

  await runtime.start();
  for (const { job, plugin, relayer } of feeds.filter((feed) => !isStartable(feed))) {
    const awaited = [plugin, relayer].filter(({ name }) => !seen.has(name)).map(({ name }) => name);
    log.with({ job: job.name }).warn(`The feed waits for what has not started yet: ${awaited.join(", ")}`);
  }

  const running = undo.move();
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= Promise.resolve(running.disposeAsync());
    return closed;
  };
  return { runtime, feeds, http, keys, close, [Symbol.asyncDispose]: close };
}

/** Options that a transport refuses come from the config, so the error is a mistake in it. */
function refusing<T>(create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError([{ origin: defaultOrigin, key: "", message: error.message }]);
  }
}
