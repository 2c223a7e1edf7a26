/** The oracle engine for one oracle that runs alone: follows the contract's config and runs one oracle under each. */

import { type Clock, systemClock } from "../../../transports/time/clock.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";
import type { ContractConfig } from "../../loop/types.ts";
import { errorText } from "../../values/error-text.ts";
import { checkLocalConfig, defaultLocalConfig, type LocalConfig } from "../config/local-config.ts";
import { trackConfig } from "../config/tracker.ts";
import type { OracleKeyring } from "../keys/keyring.ts";
import type { OracleEngine, OracleEvent } from "./engine.ts";
import { describeEvent, type EngineLog } from "./event-log.ts";
import { runSoloOracle } from "./solo-oracle.ts";

export interface SoloEngineOptions {
  /** What the relayer serves on the contract. A call may fail with Unavailable while it is made again. */
  readonly provider: PluginProvider;
  /** The product. A call may fail with Unavailable while it is made again, and so may those of what it has made. */
  readonly factory: ReportingPluginFactory;
  readonly keyring: OracleKeyring;
  /** Default: {@link defaultLocalConfig} */
  readonly localConfig?: LocalConfig;
  /**
   * The least that a Query call is given, in milliseconds: feeds whose limit is 0 need it where the product runs out of
   * process. Default 0
   */
  readonly minMaxDurationQueryMs?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly log: EngineLog;
}

/** @throws RangeError when the local config is out of bounds, or the query's floor is no duration */
export function createSoloEngine(options: SoloEngineOptions): OracleEngine {
  const { provider, factory, keyring, localConfig = defaultLocalConfig, clock = systemClock, log } = options;
  const { minMaxDurationQueryMs = 0 } = options;
  checkLocalConfig(localConfig);
  if (!(minMaxDurationQueryMs >= 0 && Number.isFinite(minMaxDurationQueryMs))) {
    throw new RangeError(`Cannot use minMaxDurationQueryMs: it is ${minMaxDurationQueryMs}, it must not be negative`);
  }
  const listeners = new Set<(event: OracleEvent) => void>();
  const life = new AbortController();
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
    const ended = runSoloOracle({
      contractConfig,
      provider,
      factory,
      keyring,
      localConfig,
      minMaxDurationQueryMs,
      clock,
      signal,
      emit,
    }).catch((error: Error) => {
      if (!signal.aborted) emit({ type: "config-refused", configDigest: contractConfig.configDigest, error });
    });
    oracle = { stop, ended };
  }

  async function run() {
    await trackConfig({
      provider,
      localConfig,
      clock,
      signal: life.signal,
      async onConfig(config) {
        await stopOracle();
        if (!life.signal.aborted) startOracle(config);
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
      if (!life.signal.aborted) running ??= run();
    },
    async stop() {
      life.abort(new Error("The oracle engine has stopped"));
      await running;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
