/**
 * The reporting plugin of one config, made again when it is gone. A plugin out of process can die between any two calls: its
 * calls then fail with Unavailable, and only the call that met it is lost.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Backoff, backoffMs } from "../../../transports/time/backoff.ts";
import type { Clock } from "../../../transports/time/clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import type {
  ReportingPlugin,
  ReportingPluginConfig,
  ReportingPluginFactory,
  ReportingPluginInfo,
} from "../../loop/reporting-plugin/types.ts";
import type { CallOptions } from "../../loop/types.ts";
import { asError } from "../../values/error-text.ts";
import { type CallLimit, callWithin } from "./deadline.ts";

export interface ReportingPluginHandle {
  /**
   * Waits until there is a plugin.
   * @throws the signal's reason when it aborts
   */
  ready(): Promise<ReportingPluginInfo>;
  /**
   * Makes one call, which has the time that it takes to get a plugin included in its limit.
   * @throws TimeoutError, whatever the plugin throws, and what {@link ready} throws
   */
  call<T>(limit: CallLimit, run: (plugin: ReportingPlugin, options: CallOptions) => Promise<T>): Promise<T>;
  /** After the signal has aborted: waits for calls under way to return, not for long, and closes the plugin. Never rejects. */
  close(): Promise<void>;
}

export interface ReportingPluginHandleOptions {
  readonly factory: ReportingPluginFactory;
  readonly config: ReportingPluginConfig;
  readonly maxDurationInitializationMs: number;
  readonly clock: Clock;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  onStarted(): void;
  /** An attempt to make a plugin failed; there will be another. */
  onError(error: Error): void;
}

const backoff: Backoff = { firstMs: 100, maxMs: 5000 };
const closeLimitMs = 2000;
/** Longest query, observation or report that a plugin may declare. */
const maxDeclaredLength = 256 * 1024 * 1024;

export function createReportingPluginHandle(options: ReportingPluginHandleOptions): ReportingPluginHandle {
  const { factory, config, maxDurationInitializationMs, clock, signal, onStarted, onError } = options;
  /** In a row, of plugins and of attempts to make one; ended by a call that succeeds, not by a plugin that only comes up. */
  let failures = 0;
  let made = make();
  const underWay = new Set<Promise<unknown>>();

  function make(): Promise<Made> {
    const promise = attempt();
    // Whoever asks gets the error. Nobody has to ask.
    promise.catch(() => {});
    return promise;
  }

  async function attempt(): Promise<Made> {
    for (;;) {
      if (failures > 0) await sleep(backoffMs(backoff, failures), { clock, signal });
      signal.throwIfAborted();
      try {
        const plugin = await makeOne();
        onStarted();
        return plugin;
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        // Whatever it says: behind a plugin that cannot read its config there may be a relayer that is just starting.
        failures++;
        onError(asError(thrown));
      }
    }
  }

  async function makeOne(): Promise<Made> {
    const what = "Making the reporting plugin (maxDurationInitialization)";
    return callWithin({ what, limitMs: maxDurationInitializationMs, clock, signal }, async (call) => {
      const one = await factory.newReportingPlugin(config, call);
      try {
        // One that comes too late has no owner.
        call.signal?.throwIfAborted();
        checkLimits(one.info);
        return one;
      } catch (error) {
        void closeQuietly(one.plugin);
        throw error;
      }
    });
  }

  /** Puts a new plugin in the place of one that has gone. */
  function replace(gone: Made, goneFrom: Promise<Made>) {
    if (made !== goneFrom || signal.aborted) return;
    failures++;
    made = make();
    // It may live: perhaps only what it needed was gone.
    void closeQuietly(gone.plugin);
  }

  /** For what has no influence on the outcome: bounded, and nobody hears how it ended. */
  async function quietly(call: (options: CallOptions) => Promise<unknown>): Promise<void> {
    await callWithin({ what: "Closing", limitMs: closeLimitMs, clock }, call).catch(() => {});
  }

  function closeQuietly(plugin: ReportingPlugin): Promise<void> {
    return quietly((call) => plugin.close(call));
  }

  return {
    ready: async () => (await made).info,

    call: (limit, run) =>
      callWithin({ ...limit, clock, signal }, async (call) => {
        const from = made;
        const current = await from;
        call.signal?.throwIfAborted();
        const running = run(current.plugin, call);
        underWay.add(running);
        try {
          const result = await running;
          if (made === from) failures = 0;
          return result;
        } catch (thrown) {
          if (isUnavailable(thrown)) replace(current, from);
          throw thrown;
        } finally {
          underWay.delete(running);
        }
      }),

    async close() {
      await quietly(() => Promise.allSettled(underWay));
      const last = await made.catch(() => undefined);
      if (last !== undefined) await closeQuietly(last.plugin);
    },
  };
}

interface Made {
  readonly plugin: ReportingPlugin;
  readonly info: ReportingPluginInfo;
}

function checkLimits({ name, limits }: ReportingPluginInfo) {
  for (const [field, length] of Object.entries(limits)) {
    if (Number.isInteger(length) && length >= 0 && length <= maxDeclaredLength) continue;
    throw new RangeError(
      `Cannot use the reporting plugin "${name}": its ${field} is ${length}, it must be 0 to ${maxDeclaredLength} bytes`,
    );
  }
}

/** Whether the connection to the plugin is gone, and nothing else. */
function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof ConnectError && thrown.code === Code.Unavailable;
}
