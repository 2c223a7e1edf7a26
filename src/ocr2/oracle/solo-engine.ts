/** The engine for a single oracle: follows the contract's config, and runs one oracle for each config in turn. */
import type { ContractConfig } from "../../loop/types.ts";
import { asError, errorText } from "../../values/error-text.ts";
import { checkLocalConfig } from "../config/local-config.ts";
import { trackConfig } from "./config-tracker.ts";
import { callWithin } from "./deadline.ts";
import type { CreateOracleEngine, OracleEvent } from "./engine.ts";
import { describeEvent } from "./event-log.ts";
import { runSoloOracle } from "./solo-oracle.ts";

export const createSoloEngine: CreateOracleEngine = (options) => {
  const { provider, localConfig, store, clock, log } = options;
  checkLocalConfig(localConfig);
  const listeners = new Set<(event: OracleEvent) => void>();
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let oracle: { stop: AbortController; ended: Promise<void> } | undefined;

  function emit(event: OracleEvent) {
    describeEvent(log, event);
    for (const listener of [...listeners]) {
      try {
        listener(event);
      } catch (error) {
        log.error("A listener of the oracle engine failed", { error: errorText(error) });
      }
    }
  }

  async function stopOracle() {
    oracle?.stop.abort(new Error("The oracle has stopped"));
    await oracle?.ended;
    oracle = undefined;
  }

  function startOracle(contractConfig: ContractConfig) {
    const stop = new AbortController();
    const { signal } = stop;
    const ended = runSoloOracle({ ...options, contractConfig, signal, emit }).catch((error: Error) => {
      if (!signal.aborted) emit({ type: "config-refused", configDigest: contractConfig.configDigest, error });
    });
    oracle = { stop, ended };
  }

  /** The chain decides which config is in force, so a failing store only costs time here. */
  async function fromStore<T>(what: string, access: () => Promise<T>): Promise<T | undefined> {
    const limit = { what: `${what} (databaseTimeout)`, limitMs: localConfig.databaseTimeoutMs, clock };
    try {
      return await callWithin({ ...limit, signal: stopping.signal }, access);
    } catch (thrown) {
      if (!stopping.signal.aborted) emit({ type: "failed", phase: "store", error: asError(thrown) });
      return undefined;
    }
  }

  async function run() {
    const stored = await fromStore("Reading the last config", () => store.config());
    if (stored !== undefined && !stopping.signal.aborted) startOracle(stored);
    await trackConfig({
      provider,
      localConfig,
      clock,
      signal: stopping.signal,
      ...(stored !== undefined && { current: stored.configDigest }),
      async onConfig(config) {
        await stopOracle();
        if (stopping.signal.aborted) return;
        startOracle(config);
        await fromStore("Writing the config", () => store.writeConfig(config));
      },
      async onRefused(configDigest, error) {
        await stopOracle();
        emit({ type: "config-refused", configDigest, error });
      },
      onError: (error) => emit({ type: "failed", phase: "config", error }),
      onWaiting: (reason) => log.info(reason),
    });
    await stopOracle();
  }

  return {
    start() {
      if (!stopping.signal.aborted) running ??= run();
    },
    async stop() {
      stopping.abort(new Error("The oracle engine has stopped"));
      await running;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
