/**
 * The reporting plugin of one config, in the current instance of the product's plugin. Every reporting plugin is made here, within its
 * time limit and with its own limits checked: at the start, after a crash, for a planned replacement, and after a lost connection.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { type Backoff, backoffMs } from "../../../transports/time/backoff.ts";
import type { Clock } from "../../../transports/time/clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import type {
  ReportingPlugin,
  ReportingPluginConfig,
  ReportingPluginFactory,
} from "../../loop/reporting-plugin/types.ts";
import type { CallOptions } from "../../loop/types.ts";
import { asError } from "../../values/error-text.ts";
import { type CallLimit, callWithin } from "./deadline.ts";
import { withinLimits } from "./limits.ts";
import type { FactoryResource, ReplaceableFactory } from "./replaceable-factory.ts";

export interface ReportingPluginHandle {
  /**
   * Waits until there is a plugin.
   * @throws the signal's reason when it aborts
   */
  ready(): Promise<void>;
  /**
   * Makes one call. Its limit includes the wait for a plugin. When the plugin's connection is lost, the call fails and the plugin is
   * made again.
   * @throws TimeoutError, RangeError for an answer that is longer than the plugin declared, whatever the plugin throws, and what
   * {@link ready} throws
   */
  call<T>(limit: CallLimit, run: (plugin: ReportingPlugin, options: CallOptions) => Promise<T>): Promise<T>;
  /** After the signal has aborted: waits a limited time for calls under way, then closes the plugin. Never rejects. */
  close(): Promise<void>;
}

export interface ReportingPluginHandleOptions {
  readonly factory: ReplaceableFactory;
  readonly config: ReportingPluginConfig;
  readonly maxDurationInitializationMs: number;
  readonly clock: Clock;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  onStarted(): void;
  /** An attempt to make a plugin failed; there will be another. */
  onError(error: Error): void;
}

/** One reporting plugin that was made. */
interface Made {
  readonly plugin: ReportingPlugin;
  readonly underWay: Set<Promise<unknown>>;
  /** Lost: a call failed because the connection is lost. Retired: it was replaced, or is no longer needed. */
  state: "present" | "lost" | "retired";
}

const backoff: Backoff = { firstMs: 100, maxMs: 5000 };
const closeLimitMs = 2000;

export function createReportingPluginHandle(options: ReportingPluginHandleOptions): ReportingPluginHandle {
  const { factory, config, maxDurationInitializationMs, clock, signal, onStarted, onError } = options;
  /** Failures in a row, of plugins and of attempts to make one. A call that succeeds resets them, a new plugin alone does not. */
  let failures = 0;
  /** The longest limit of all calls until now. */
  let longestCallMs = 0;
  let resource = createResource();
  /** Shared by all callers that wait for a plugin. */
  let finding: Promise<Made> | undefined;

  function createResource(): FactoryResource<Made> {
    return factory.resource({ create: make, dispose: retire });
  }

  async function make(from: ReportingPluginFactory): Promise<Made> {
    const what = "Making the reporting plugin (maxDurationInitialization)";
    const plugin = await callWithin({ what, limitMs: maxDurationInitializationMs, clock, signal }, async (call) => {
      const made = await from.newReportingPlugin(config, call);
      try {
        // One that comes too late is not used.
        call.signal?.throwIfAborted();
        return withinLimits(made.plugin, made.info);
      } catch (error) {
        void closeQuietly(made.plugin);
        throw error;
      }
    });
    onStarted();
    return { plugin, underWay: new Set(), state: "present" };
  }

  async function retire(made: Made): Promise<void> {
    made.state = "retired";
    // Callers that still wait get their answers; after the end there are none.
    await quietly(signal.aborted ? closeLimitMs : longestCallMs, () => Promise.allSettled(made.underWay));
    await closeQuietly(made.plugin);
  }

  function present(): Promise<Made> {
    finding ??= find().finally(() => {
      finding = undefined;
    });
    return finding;
  }

  async function find(): Promise<Made> {
    for (;;) {
      signal.throwIfAborted();
      const made = await resource.get({ signal }).catch(failed);
      if (made !== undefined && made.state !== "lost") return made;
      await sleep(backoffMs(backoff, failures), { clock, signal });
      if (made !== undefined) renew();
    }
  }

  function failed(thrown: unknown): undefined {
    signal.throwIfAborted();
    // Every error is tried again: even "cannot read the config" may come from a relayer that is still starting.
    failures++;
    onError(asError(thrown));
  }

  /** For a lost plugin whose instance may still run: perhaps only the connection to its provider is lost. */
  function renew() {
    void resource[Symbol.asyncDispose]();
    resource = createResource();
  }

  function lose(made: Made) {
    if (made.state === "lost" || signal.aborted) return;
    made.state = "lost";
    failures++;
    void present().catch(() => {});
  }

  /** For calls whose result does not matter: they have a time limit, and errors are ignored. */
  async function quietly(limitMs: number, call: (options: CallOptions) => Promise<unknown>): Promise<void> {
    await callWithin({ what: "Closing", limitMs, clock }, call).catch(() => {});
  }

  function closeQuietly(plugin: ReportingPlugin): Promise<void> {
    return quietly(closeLimitMs, (call) => plugin.close(call));
  }

  return {
    async ready() {
      await present();
    },

    call: (limit, run) =>
      callWithin({ ...limit, clock, signal }, async (call) => {
        let made = await present();
        while (made.state === "retired") made = await present();
        call.signal?.throwIfAborted();
        longestCallMs = Math.max(longestCallMs, limit.limitMs);
        const running = run(made.plugin, call);
        made.underWay.add(running);
        try {
          const result = await running;
          if (made.state === "present") failures = 0;
          return result;
        } catch (thrown) {
          if (isUnavailable(thrown)) lose(made);
          throw thrown;
        } finally {
          made.underWay.delete(running);
        }
      }),

    async close() {
      await resource[Symbol.asyncDispose]();
    },
  };
}

/** Whether the error is a lost connection to the plugin. */
function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof ConnectError && thrown.code === Code.Unavailable;
}
