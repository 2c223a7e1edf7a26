/** The cached data source. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DataSource } from "../../src/loop/data-source/types.ts";
import { type CachedValue, createCachedDataSource } from "../../src/pipeline/cached-data-source.ts";
import { until } from "../../src/testing/until.ts";
import { createLogger } from "../../transports/logs/log.ts";

const round = { configDigest: new Uint8Array(32), epoch: 1, round: 1 };

/** A source that answers when the test tells it to, with the test's value. */
function createManualSource() {
  const calls: PromiseWithResolvers<bigint>[] = [];
  const source: DataSource = {
    observe() {
      const call = Promise.withResolvers<bigint>();
      calls.push(call);
      return call.promise;
    },
  };
  return { source, calls };
}

/** Collects the levels of what is logged. */
function createLevels() {
  const levels: string[] = [];
  const logged = (level: string) => () => {
    levels.push(level);
  };
  return { levels, log: { warn: logged("warn"), error: logged("error") } as never };
}

describe("createCachedDataSource()", () => {
  it("starts with an update, for which the first observation waits", async () => {
    const { source, calls } = createManualSource();
    await using cached = createCachedDataSource({ source });
    const observing = Promise.all([cached.observe(round), cached.observe(round)]);
    expect(calls).toHaveLength(1);
    calls[0]?.resolve(7n);
    expect(await observing).toEqual([7n, 7n]);
  });

  it("answers from memory while the next update is under way", async () => {
    const { source, calls } = createManualSource();
    await using cached = createCachedDataSource({ source, updateIntervalMs: 1 });
    calls[0]?.resolve(1n);
    expect(await cached.observe(round)).toBe(1n);
    await until("there is a second update", () => calls.length === 2, { everyMs: 1 });
    expect(await cached.observe(round, { timeoutMs: 0 })).toBe(1n);
    calls[1]?.resolve(2n);
    await until("the new value is there", async () => (await cached.observe(round)) === 2n, { everyMs: 1 });
  });

  it("keeps its last value when updates fail, and logs an error when the value is old", async () => {
    const { source, calls } = createManualSource();
    const { levels, log } = createLevels();
    await using cached = createCachedDataSource({ source, updateIntervalMs: 1, stalenessAlertThresholdMs: 20, log });
    calls[0]?.resolve(5n);
    expect(await cached.observe(round)).toBe(5n);
    for (let failed = 1; !levels.includes("error"); failed += 1) {
      await until("there is another update", () => calls.length > failed, { everyMs: 1 });
      calls[failed]?.reject(new Error("no price"));
      expect(await cached.observe(round)).toBe(5n);
    }
    expect(await cached.observe(round)).toBe(5n);
  });

  it("knows how old its value is, whatever the machine's clock is set to", async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const said: string[] = [];
    const log = createLogger(({ level, fields }) => said.push(`${level} ${fields.ageMs}`));
    const { source, calls } = createManualSource();
    const cached = createCachedDataSource({ source, updateIntervalMs: 60_000, stalenessAlertThresholdMs: 90_000, log });
    calls[0]?.resolve(1n);
    expect(await cached.observe(round)).toBe(1n);
    for (const [failed, jumpMs] of [
      [1, 3_600_000],
      [2, -7_200_000],
    ] as const) {
      vi.setSystemTime(Date.now() + jumpMs);
      await vi.advanceTimersByTimeAsync(60_000);
      calls[failed]?.reject(new Error("no price"));
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(said).toEqual(["warn 60000", "error 120000"]);
    await cached[Symbol.asyncDispose]();
  });

  it("tries again at the next observation rather than the next interval when an update has failed", async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { source, calls } = createManualSource();
    const cached = createCachedDataSource({ source, updateIntervalMs: 60_000 });
    calls[0]?.resolve(1n);
    expect(await cached.observe(round)).toBe(1n);
    await vi.advanceTimersByTimeAsync(60_000);
    calls[1]?.reject(new Error("no price"));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toHaveLength(2);
    expect(await cached.observe(round)).toBe(1n);
    expect(calls).toHaveLength(3);
    await cached[Symbol.asyncDispose]();
  });

  it("rejects with the error of the update while it has no value", async () => {
    const { source, calls } = createManualSource();
    await using cached = createCachedDataSource({ source });
    const observing = cached.observe(round);
    calls[0]?.reject(new Error("no price"));
    await expect(observing).rejects.toThrow("no price");
    // The next observation tries again at once and does not wait for the interval.
    const again = cached.observe(round);
    await until("there is a second update", () => calls.length === 2, { everyMs: 1 });
    calls[1]?.resolve(8n);
    expect(await again).toBe(8n);
  });

  it("ends each observation with its deadline or with the caller's signal", async () => {
    const { source } = createManualSource();
    await using cached = createCachedDataSource({ source });
    await expect(cached.observe(round, { timeoutMs: 5 })).rejects.toThrow("No value in time");
    const caller = new AbortController();
    const observing = cached.observe(round, { signal: caller.signal });
    caller.abort(new Error("gone"));
    await expect(observing).rejects.toThrow("gone");
  });

  it("ends an update that hangs", async () => {
    const { source } = createManualSource();
    await using cached = createCachedDataSource({ source, updateTimeoutMs: 5 });
    await expect(cached.observe(round)).rejects.toThrow("No value within 5 ms");
  });

  it("stores its value, and answers with the stored value when updates fail", async () => {
    const saved: CachedValue[] = [];
    const store = {
      load: async () => saved.at(-1),
      save: async (value: CachedValue) => {
        saved.push(value);
      },
    };
    const first = createManualSource();
    {
      await using cached = createCachedDataSource({ source: first.source, store });
      first.calls[0]?.resolve(3n);
      await cached.observe(round);
    }
    expect(saved).toEqual([{ value: 3n, time: expect.any(Number) }]);

    const second = createManualSource();
    await using cached = createCachedDataSource({ source: second.source, store });
    const observing = cached.observe(round);
    second.calls[0]?.reject(new Error("no price"));
    expect(await observing).toBe(3n);
  });

  it("tolerates a store that fails or hangs", async () => {
    const { source, calls } = createManualSource();
    const { levels, log } = createLevels();
    const store = { load: () => Promise.reject(new Error("disk")), save: () => new Promise<never>(() => {}) };
    await using cached = createCachedDataSource({ source, store, log });
    const observing = cached.observe(round);
    calls[0]?.reject(new Error("no price"));
    await expect(observing).rejects.toThrow("no price");
    expect(levels).toEqual(["warn", "warn"]);
    const again = cached.observe(round);
    await until("there is a second update", () => calls.length === 2, { everyMs: 1 });
    calls[1]?.resolve(4n);
    expect(await again).toBe(4n);
  });

  it("ends its updates, and the calls that wait, when it is closed", async () => {
    const { source, calls } = createManualSource();
    const cached = createCachedDataSource({ source, updateIntervalMs: 1 });
    const observing = cached.observe(round);
    const closed = expect(observing).rejects.toThrow("The data source has been closed");
    await cached[Symbol.asyncDispose]();
    await closed;
    await expect(cached.observe(round)).rejects.toThrow("The data source has been closed");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(calls).toHaveLength(1);
  });
});
