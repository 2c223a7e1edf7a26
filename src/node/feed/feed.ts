/** What runs for one job: its provider, its product's plugin, and the engine that calls both. */

import { systemClock } from "../../../transports/time/clock.ts";
import type { JobSpec } from "../../jobs/types.ts";
import { connectionOf } from "../../loop/connection.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { Service } from "../../loop/types.ts";
import type { FeedMetrics } from "../../observability/feed-metrics.ts";
import type { OracleKeyring } from "../../ocr2/keys/keyring.ts";
import type { CreateOracleEngine, OracleEngine } from "../../ocr2/oracle/engine.ts";
import type { OracleStore } from "../../ocr2/store.ts";
import type { PluginHandle } from "../../runtime/plugin-handle.ts";
import { feedSettings } from "../config/feeds.ts";
import { createProduct } from "../products/index.ts";
import type { Product, ProductOptions } from "../products/product.ts";
import { createTimeoutMs, type NodeRelayer } from "../relayers/relayer.ts";
import { createBindings } from "./bindings.ts";
import { observeFeed } from "./observe.ts";
import { createProviderConnection } from "./provider-connection.ts";
import { type Round, watchRounds } from "./rounds.ts";
import { type FeedWatch, watchFeed } from "./status.ts";

export interface Feed extends AsyncDisposable {
  readonly job: JobSpec;
  readonly engine: OracleEngine;
  readonly product: Product;
  /** The product's plugin. */
  readonly plugin: PluginHandle;
  /** The factory of its reporting plugins, for health checks. */
  readonly service: Pick<Service, "ready">;
  /** The plugin that serves the product's provider. */
  readonly relayer: PluginHandle;
  readonly watch: Pick<FeedWatch, "health" | "readiness">;
}

export interface FeedOptions extends Pick<ProductOptions<JobSpec>, "job" | "config" | "log"> {
  readonly relayer: NodeRelayer;
  readonly plugin: PluginHandle;
  /** The keys that the node has on the job's chain. */
  readonly keyring: OracleKeyring;
  readonly createEngine: CreateOracleEngine;
  /** For this job alone. */
  readonly store: OracleStore;
  /** How many digits of the contract's answers are after the decimal point. */
  readonly decimals: number;
  readonly metrics: FeedMetrics;
  /** Called after every round. */
  readonly onRound: (round: Round) => void;
}

/** Makes a feed. Its engine is not started yet. */
export function createFeed(options: FeedOptions): Feed {
  const { job, relayer, plugin, keyring, config, log, createEngine, store, decimals, metrics, onRound } = options;
  const bindings = createBindings();
  const provider = relayer.plugin.resource<PluginProvider>({
    async create(instance) {
      const limit = { timeoutMs: createTimeoutMs, signal: instance.signal };
      const made = await product.createProvider(await relayer.relayer.within(instance), limit);
      const connection = connectionOf(made);
      if (connection !== undefined) await bindings.replay(connection, limit);
      return made;
    },
    dispose: (previous) => previous.close({ timeoutMs: 1000 }),
  });
  const product = createProduct({
    ...{ job, config, log },
    connection: createProviderConnection(provider, bindings),
    errorLog: {
      async saveError(message) {
        log.error(message);
        observation.onReportedError();
      },
    },
    onRun(use, run) {
      if (use === "observation") rounds.onObservation(run);
      observation.onRun(use, run);
    },
  });
  const factory = plugin.resource({
    create: (instance) => product.createFactory(instance, { timeoutMs: createTimeoutMs, signal: instance.signal }),
    dispose: (previous) => previous.close({ timeoutMs: 1000 }),
  });
  const engine = createEngine({
    provider: product.provider,
    factory: {
      resource: ({ create, dispose }) =>
        plugin.resource({ create: async (instance) => create(await factory.within(instance)), dispose }),
    },
    keyring,
    localConfig: { ...config.ocr2.localConfig, ...job.localConfig },
    store,
    clock: systemClock,
    log,
  });
  const { freshnessLimitMs } = feedSettings(config.feeds, job.plugin);
  const watch = watchFeed({ name: job.plugin, engine, product, freshnessLimitMs });
  const observation = observeFeed({ job, product, engine, watch, metrics });
  const rounds = watchRounds({
    ...{ job, product, engine, decimals },
    onRound(round) {
      observation.onRound(round);
      onRound(round);
    },
  });
  return {
    job,
    engine,
    product,
    plugin,
    service: { ready: async (call) => (await factory.get(call)).ready(call) },
    relayer: relayer.plugin,
    watch,
    async [Symbol.asyncDispose]() {
      await engine.stop();
      for (const watching of [rounds, observation, watch]) watching[Symbol.dispose]();
      await product[Symbol.asyncDispose]();
      await factory[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}
