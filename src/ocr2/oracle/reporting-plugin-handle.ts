/**
 * The reporting plugin of one config, in whatever instance of the product's plugin is present. Whenever one has to be made, at the
 * start, after a crash, for a planned replacement or because its connection is gone, it is made here: in its time, with its own
 * limits checked.
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
   * Makes one call, which has the time that it takes to get a plugin included in its limit. A plugin whose connection is gone
   * costs the call that meets it, and is made again.
   * @throws TimeoutError, RangeError for an answer that is longer than the plugin declared, whatever the plugin throws, and what
   * {@link ready} throws
   */
  call<T>(limit: CallLimit, run: (plugin: ReportingPlugin, options: CallOptions) => Promise<T>): Promise<T>;
  /** After the signal has aborted: waits for calls under way to return, not for long, and closes the plugin. Never rejects. */
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
  /** Lost: a call found its connection gone. Retired: another one has its place, or nobody needs it any more. */
  state: "present" | "lost" | "retired";
}

const backoff: Backoff = { firstMs: 100, maxMs: 5000 };
const closeLimitMs = 2000;

export function createReportingPluginHandle(options: ReportingPluginHandleOptions): ReportingPluginHandle {
  const { factory, config, maxDurationInitializationMs, clock, signal, onStarted, onError } = options;
  /** In a row, of plugins and of attempts to make one; ended by a call that succeeds, not by a plugin that only comes up. */
  let failures = 0;
  /** How long a call may be under way. */
  let longestCallMs = 0;
  let resource = createResource();
  /** Under way for all who ask. */
  let finding: Promise<Made> | undefined;

  function createResource(): FactoryResource<Made> {
    return factory.resource({ create: make, dispose: retire });
  }

  async function make(from: ReportingPluginFactory): Promise<Made> {
    const what = "Making the reporting plugin (maxDurationInitialization)";
    const plugin = await callWithin({ what, limitMs: maxDurationInitializationMs, clock, signal }, async (call) => {
      const made = await from.newReportingPlugin(config, call);
      try {
        // One that comes too late has no owner.
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
    // Whoever still waits for an answer is to have it; after the end nobody does.
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
    // Whatever it says: behind a plugin that cannot read its config there may be a relayer that is just starting.
    failures++;
    onError(asError(thrown));
  }

  /** For a plugin that is lost though its instance may live: perhaps only what it needed was gone. */
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

  /** For what has no influence on the outcome: bounded, and nobody hears how it ended. */
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

/** Whether the connection to the plugin is gone, and nothing else. */
function isUnavailable(thrown: unknown): boolean {
  return thrown instanceof ConnectError && thrown.code === Code.Unavailable;
}
