/**
 * A data source that answers from memory and updates itself in the background: for the price of the fee coin, which changes
 * slowly and must never delay an observation.
 */
import type { Logger } from "../../transports/plugin.ts";
import { inTime, type Limit, TimeoutError } from "../../transports/time/deadline.ts";
import { sleep } from "../../transports/time/sleep.ts";
import type { DataSource } from "../loop/data-source/types.ts";
import type { CallOptions, ReportTimestamp } from "../loop/types.ts";
import { errorText } from "../values/error-text.ts";

export interface CachedDataSourceOptions {
  readonly source: DataSource;
  /** Time between updates. Default 5 minutes. */
  readonly updateIntervalMs?: number | undefined;
  /** Age from which a failing update is logged as an error rather than a warning. Default 24 hours. */
  readonly stalenessAlertThresholdMs?: number | undefined;
  /** Longest time for one update. Default 10 s. */
  readonly updateTimeoutMs?: number | undefined;
  /** Keeps the last value across restarts of the node. */
  readonly store?: CachedValueStore | undefined;
  readonly log?: Logger | undefined;
}

export interface CachedValue {
  readonly value: bigint;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface CachedValueStore {
  load(): Promise<CachedValue | undefined>;
  save(value: CachedValue): Promise<void>;
}

/** Ends its updates when disposed. */
export interface CachedDataSource extends DataSource, AsyncDisposable {}

export const defaultUpdateIntervalMs = 300_000;
export const defaultStalenessAlertThresholdMs = 86_400_000;
const defaultUpdateTimeoutMs = 10_000;

/** An update does not belong to a round. */
const noRound: ReportTimestamp = { configDigest: new Uint8Array(32), epoch: 0, round: 0 };

/**
 * Makes a cached data source and starts its first update in the background. `observe` answers from memory however old the
 * value is, as Chainlink does. Only when there is no value yet, it waits for the current update within the caller's limits. If
 * that update fails, it answers with the stored value, or rejects with the update's error when there is none.
 */
export function createCachedDataSource(options: CachedDataSourceOptions): CachedDataSource {
  const { source, store, log } = options;
  const updateIntervalMs = options.updateIntervalMs ?? defaultUpdateIntervalMs;
  const stalenessAlertThresholdMs = options.stalenessAlertThresholdMs ?? defaultStalenessAlertThresholdMs;
  const updateTimeoutMs = options.updateTimeoutMs ?? defaultUpdateTimeoutMs;
  const ending = new AbortController();
  /** `madeAt` as `performance.now()` has it: before 0 for a value that an earlier run of the node has made. */
  let current: { readonly value: bigint; readonly madeAt: number } | undefined;
  let failure: unknown;
  let updating: Promise<void> | undefined;
  let saving: Promise<void> | undefined;

  function limit(message: string): Limit {
    return { timeoutMs: updateTimeoutMs, late: () => new TimeoutError(message), signal: ending.signal };
  }

  /** One update at a time; never rejects. */
  function update(): Promise<void> {
    updating ??= refresh().finally(() => {
      updating = undefined;
    });
    return updating;
  }

  async function refresh(): Promise<void> {
    try {
      const value = await inTime(limit(`No value within ${updateTimeoutMs} ms`), (signal) =>
        source.observe(noRound, { signal, timeoutMs: updateTimeoutMs }),
      );
      current = { value, madeAt: performance.now() };
      failure = undefined;
      // Callers that wait for the value do not have to wait for the store too.
      saving = keep({ value, time: Date.now() });
    } catch (error) {
      if (ending.signal.aborted) return;
      failure = error;
      await loadStored();
      report(error);
    }
  }

  /** Without a value from this run of the node, uses the stored one. */
  async function loadStored(): Promise<void> {
    if (current !== undefined || store === undefined) return;
    try {
      const stored = await inTime(limit("No answer in time"), () => store.load());
      if (stored === undefined) return;
      const ageMs = Math.max(0, Date.now() - stored.time);
      current ??= { value: stored.value, madeAt: performance.now() - ageMs };
    } catch (error) {
      log?.warn("Cannot read the stored value of a data source", { error: errorText(error) });
    }
  }

  async function keep(value: CachedValue): Promise<void> {
    if (store === undefined) return;
    try {
      await inTime(limit("No answer in time"), () => store.save(value));
    } catch (error) {
      log?.warn("Cannot store the value of a data source", { error: errorText(error) });
    }
  }

  function report(error: unknown): void {
    const ageMs = current === undefined ? undefined : performance.now() - current.madeAt;
    const fields = { error: errorText(error), ageMs };
    if (ageMs === undefined) log?.warn("Cannot update a data source, and there is no earlier value", fields);
    else if (ageMs >= stalenessAlertThresholdMs) log?.error("A data source is stale and cannot be updated", fields);
    else log?.warn("Cannot update a data source, its last value stays in use", fields);
  }

  const loop = (async () => {
    while (!ending.signal.aborted) {
      await update();
      await sleep(updateIntervalMs, { signal: ending.signal });
    }
  })();

  return {
    async observe(_timestamp: ReportTimestamp, call: CallOptions = {}) {
      ending.signal.throwIfAborted();
      if (current === undefined) {
        const { timeoutMs = updateTimeoutMs, signal } = call;
        await inTime({ timeoutMs, late: () => new TimeoutError("No value in time"), signal }, update);
        ending.signal.throwIfAborted();
      } else if (failure !== undefined) void update();
      if (current === undefined) throw failure;
      return current.value;
    },
    async [Symbol.asyncDispose]() {
      ending.abort(new Error("The data source has been closed"));
      await Promise.all([loop, updating, saving]);
    },
  };
}
