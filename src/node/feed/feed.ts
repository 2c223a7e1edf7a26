/** What runs for one job: its provider, its product's plugin, and the engine that drives both. */

import type { JobSpec } from "../../jobs/types.ts";
import { connectionOf } from "../../loop/connection.ts";
import { createMedianProviderClient } from "../../loop/median-provider/client.ts";
import type { MedianProvider } from "../../loop/median-provider/types.ts";
import { createPluginProviderClient } from "../../loop/provider/client.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { Relayer } from "../../loop/relayer/types.ts";
import type { CallOptions, Service } from "../../loop/types.ts";
import type { OracleKeyring } from "../../ocr2/keys/keyring.ts";
import type { OracleEngine } from "../../ocr2/oracle/engine.ts";
import { createSoloEngine } from "../../ocr2/oracle/solo.ts";
import type { PluginHandle } from "../../runtime/plugin-handle.ts";
import { createOwnProduct } from "../products/generic.ts";
import { createMedianProduct } from "../products/median.ts";
import type { Product, ProductOptions } from "../products/product.ts";
import { createTimeoutMs, type NodeRelayer } from "../relayers/relayer.ts";
import { createBindings } from "./bindings.ts";
import { createLastingConnection, createLastingFactory } from "./lasting.ts";

export interface Feed extends AsyncDisposable {
  readonly job: JobSpec;
  readonly engine: OracleEngine;
  /** What the chain has, over the relayer's plugin. */
  readonly provider: PluginProvider | MedianProvider;
  readonly product: Product;
  /** The product's plugin. */
  readonly plugin: PluginHandle;
  /** The factory of its reporting plugins, for those who ask how it is. */
  readonly service: Pick<Service, "ready">;
  /** The plugin that the provider is of. */
  readonly relayer: PluginHandle;
}

export interface FeedOptions extends ProductOptions<JobSpec> {
  readonly relayer: NodeRelayer;
  readonly plugin: PluginHandle;
  /** The keys that the node has on the job's chain. */
  readonly keyring: OracleKeyring;
}

/** Makes a feed; its engine has yet to be started. */
export function createFeed(options: FeedOptions): Feed {
  const { job, relayer, plugin, keyring, config, log } = options;
  const isMedian = job.pluginType === "median" || job.product.providerType === "median";
  const name = `${job.plugin}.${isMedian ? "MedianProvider" : "PluginProvider"}`;
  const bindings = createBindings();
  const present = relayer.plugin.resource<PluginProvider>({
    async create(life) {
      const limit = { timeoutMs: createTimeoutMs, signal: life.signal };
      const made = await makeProvider(await relayer.relayer.within(life), job, isMedian, limit);
      const connection = connectionOf(made);
      if (connection !== undefined) await bindings.replay(connection, limit);
      return made;
    },
    dispose: (previous) => previous.close({ timeoutMs: 1000 }),
  });
  const connection = createLastingConnection(present, bindings);
  const provider = isMedian
    ? createMedianProviderClient(connection, { name })
    : createPluginProviderClient(connection, { name });

  const product =
    job.pluginType === "median" ? createMedianProduct({ ...options, job }) : createOwnProduct({ ...options, job });
  const factory = plugin.resource({
    create: (life) => product.createFactory(life, provider, { timeoutMs: createTimeoutMs, signal: life.signal }),
    dispose: (previous) => previous.close({ timeoutMs: 1000 }),
  });
  const lastingFactory = createLastingFactory(plugin, factory);

  const engine = createSoloEngine({
    provider,
    factory: lastingFactory,
    keyring,
    localConfig: { ...config.ocr2.localConfig, ...job.localConfig },
    // Over any boundary a limit of zero would have passed before the call has arrived; in-process it does no harm.
    minMaxDurationQueryMs: config.ocr2.minMaxDurationQueryMs,
    log,
  });
  return {
    job,
    engine,
    provider,
    product,
    plugin,
    service: lastingFactory,
    relayer: relayer.plugin,
    async [Symbol.asyncDispose]() {
      await engine.stop();
      await product[Symbol.asyncDispose]();
      await factory[Symbol.asyncDispose]();
      await present[Symbol.asyncDispose]();
    },
  };
}

function makeProvider(
  relayer: Relayer,
  job: JobSpec,
  isMedian: boolean,
  options: CallOptions,
): Promise<PluginProvider> {
  const { externalJobId, contractId, relayConfig, pluginConfig, transmitterId } = job;
  const args = { externalJobId, jobId: 1, contractId, isNew: true, relayConfig };
  if (isMedian) return relayer.newMedianProvider(args, { transmitterId, pluginConfig }, options);
  if (relayer.newPluginProvider === undefined) {
    throw new TypeError(`The relayer ${relayer.name()} has no provider for products of one's own`);
  }
  return relayer.newPluginProvider(args, { transmitterId, pluginConfig }, options);
}
