/**
 * Two median plugins side by side: Chainlink's own `chainlink-feeds`, as a process, and ours, in-process. Both are asked the
 * same by the same client, over providers that read the same contract, so that whatever differs is the plugin's doing.
 */
import { fileURLToPath } from "node:url";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";
import { encodeEvmReport } from "../../../src/chains/evm/median-report-codec.ts";
import { encodeOnchainConfig } from "../../../src/chains/median-onchain-config.ts";
import { createRuntime, type PluginHandle, type Resource, type Runtime } from "../../../src/index.ts";
import type { DataSource } from "../../../src/loop/data-source/types.ts";
import { medianHandshake } from "../../../src/loop/handshakes.ts";
import { createPluginMedianClient } from "../../../src/loop/median/client.ts";
import type { MedianFactoryArgs } from "../../../src/loop/median/types.ts";
import type { MedianProvider } from "../../../src/loop/median-provider/types.ts";
import type {
  ReportingPlugin,
  ReportingPluginConfig,
  ReportingPluginFactory,
  ReportingPluginInfo,
} from "../../../src/loop/reporting-plugin/types.ts";
import { encodeMedianOffchainConfig } from "../../../src/plugins/median/offchain-config.ts";
import { type Recorded, recording } from "../../loop/samples.ts";
import { createTestContract, createTestProvider, type TestContract } from "../../plugins/support.ts";

/** What each of the two did. */
export interface Pair<T> {
  readonly theirs: T;
  readonly ours: T;
}

type Side = keyof Pair<unknown>;

/** How a call ended: with a value, or refused. */
export type Outcome<T> = Answered<T> | Refused;
export interface Answered<T> {
  readonly value: T;
}
export interface Refused {
  /** Name of the gRPC code. */
  readonly code: string;
  readonly text: string;
}

export interface Plugins extends AsyncDisposable {
  readonly handles: Pair<PluginHandle>;
}

/** Starts both plugins. @param binary the path of `chainlink-feeds` */
export async function startPlugins(binary: string): Promise<Plugins> {
  const module = fileURLToPath(new URL("../../../src/plugins/median/plugin.ts", import.meta.url));
  const runtime: Runtime = await createRuntime({
    plugins: {
      theirs: {
        // All that it asks for: a port for its metrics, any will do.
        options: { process: { command: binary, env: { CL_PROMETHEUS_PORT: "0" } } },
        handshake: medianHandshake,
      },
      ours: { module, handshake: medianHandshake },
    },
    onLog: () => {},
  });
  return {
    handles: { theirs: runtime.plugin("theirs"), ours: runtime.plugin("ours") },
    [Symbol.asyncDispose]: () => runtime.close(),
  };
}

/** What the plugins see of the world, to be changed by the test at any time. */
export interface Scene {
  readonly contract: TestContract;
  dataSource: DataSource;
  juelsPerFeeCoin: DataSource;
  gasPriceSubunits: DataSource;
  /** In the place of parts of the provider. */
  provider: Partial<MedianProvider>;
  deviationFuncDefinition?: Uint8Array;
}

export const digest = new Uint8Array(32).fill(7);
export const noQuery = new Uint8Array();
export const constant = (value: bigint): DataSource => ({ observe: async () => value });

/** A report with these observations, by the oracles 0, 1, ... */
export const reportOf = (...observations: bigint[]): Uint8Array =>
  encodeEvmReport({
    timestamp: 1,
    observers: observations.map((_, index) => index),
    observations,
    juelsPerFeeCoin: 1n,
  });

/** A contract with a fresh answer of 1000 in (3, 1), and sources that say the same. */
export function createScene(changed: Partial<Omit<Scene, "contract">> = {}): Scene {
  const contract = createTestContract(digest);
  contract.latest = { configDigest: digest, epoch: 3, round: 1, latestAnswer: 1000n, latestTimestamp: Date.now() };
  return {
    contract,
    dataSource: constant(1000n),
    juelsPerFeeCoin: constant(50n),
    gasPriceSubunits: constant(9n),
    provider: {},
    ...changed,
  };
}

/** A config under which nothing but a request is a reason to report. */
export const quiet = {
  alphaReportInfinite: true,
  alphaReportPpb: 0n,
  alphaAcceptInfinite: true,
  alphaAcceptPpb: 0n,
  deltaCMs: 3_600_000,
};

export function configOf(
  offchain: Partial<typeof quiet> = {},
  changed: Partial<ReportingPluginConfig> = {},
): ReportingPluginConfig {
  return {
    configDigest: digest,
    oracleId: 2,
    n: 4,
    f: 1,
    onchainConfig: encodeOnchainConfig({ min: 1n, max: 1_000_000n }),
    offchainConfig: encodeMedianOffchainConfig({ ...quiet, ...offchain }),
    estimatedRoundIntervalMs: 1000,
    maxDurationQueryMs: 0,
    maxDurationObservationMs: 1000,
    maxDurationReportMs: 1000,
    maxDurationShouldAcceptFinalizedReportMs: 1000,
    maxDurationShouldTransmitAcceptedReportMs: 1000,
    ...changed,
  };
}

export interface Factories extends AsyncDisposable {
  /** All that each plugin asked of its provider and its sources, in the order in which it came. */
  readonly calls: Pair<Recorded[]>;
  /** @throws the error of either, when one is refused */
  make(config?: ReportingPluginConfig): Promise<Made>;
  /** The same, where a refusal is what is looked for. */
  tryToMake(config: ReportingPluginConfig): Promise<Pair<Outcome<ReportingPluginInfo>>>;
}

export interface Made {
  readonly info: Pair<ReportingPluginInfo>;
  /** Asks both the same. */
  ask<T>(question: (plugin: ReportingPlugin) => Promise<T>): Promise<Pair<Outcome<T>>>;
}

/** A factory of each plugin, over the scene. */
export async function makeFactories(plugins: Plugins, scene: Scene): Promise<Factories> {
  const calls = { theirs: [] as Recorded[], ours: [] as Recorded[] };

  function factoryOf(side: Side): Resource<ReportingPluginFactory> {
    // The sources are looked up anew in every call: a test may exchange them.
    const source = (name: "dataSource" | "juelsPerFeeCoin" | "gasPriceSubunits"): DataSource =>
      recording({ observe: (...args) => scene[name].observe(...args) } satisfies DataSource, calls[side], `${name}.`);
    const args: MedianFactoryArgs = {
      provider: recording({ ...createTestProvider(scene.contract), ...scene.provider }, calls[side]),
      contractId: "0xfeed",
      dataSource: source("dataSource"),
      juelsPerFeeCoin: source("juelsPerFeeCoin"),
      gasPriceSubunits: source("gasPriceSubunits"),
      errorLog: { saveError: async () => {} },
      ...(scene.deviationFuncDefinition !== undefined && { deviationFuncDefinition: scene.deviationFuncDefinition }),
    };
    return plugins.handles[side].resource({
      create: (instance) =>
        createPluginMedianClient(instance, instance.broker).newMedianFactory(args, { timeoutMs: 10_000 }),
      dispose: (factory) => factory.close({ timeoutMs: 5000 }),
    });
  }

  const resources = { theirs: factoryOf("theirs"), ours: factoryOf("ours") };
  const factories = await both((side) => resources[side].get());
  return {
    calls,
    async make(config = configOf()) {
      const made = await both((side) => factories[side].newReportingPlugin(config));
      return {
        info: { theirs: made.theirs.info, ours: made.ours.info },
        ask: (question) => both((side) => outcomeOf(question(made[side].plugin))),
      };
    },
    tryToMake: (config) =>
      both((side) => outcomeOf(factories[side].newReportingPlugin(config).then(({ info }) => info))),
    async [Symbol.asyncDispose]() {
      await both((side) => Promise.resolve(resources[side][Symbol.asyncDispose]()));
    },
  };
}

/** Both at the same time. @throws whatever either throws */
async function both<T>(act: (side: Side) => Promise<T>): Promise<Pair<T>> {
  const [theirs, ours] = await Promise.all([act("theirs"), act("ours")]);
  return { theirs, ours };
}

async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call };
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    return { code: Code[code], text: rawMessage };
  }
}

/** Both answered, and the same. @returns the answer */
export function agreed<T>({ theirs, ours }: Pair<Outcome<T>>): T {
  if (!("value" in ours)) throw new Error(`Ours refused with ${ours.code}: ${ours.text}`);
  if (!("value" in theirs)) throw new Error(`Theirs refused with ${theirs.code}: ${theirs.text}`);
  expect(theirs.value).toEqual(ours.value);
  return ours.value;
}

/** Both refused, and with the same code. @returns the code, and their texts */
export function refused({ theirs, ours }: Pair<Outcome<unknown>>): { code: string; texts: readonly string[] } {
  if (!("code" in ours)) throw new Error(`Ours answered ${String(ours.value)}`);
  if (!("code" in theirs)) throw new Error(`Theirs answered ${String(theirs.value)}`);
  expect(theirs.code).toBe(ours.code);
  return { code: ours.code, texts: [theirs.text, ours.text] };
}
