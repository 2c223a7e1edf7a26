import { describe, expect, it } from "vitest";
import { freshnessLimitOf, watchFeed } from "../../../src/node/feed/status.ts";
import type { OracleEvent } from "../../../src/ocr2/oracle/engine.ts";

const secondMs = 1000;
const hourMs = 3600 * secondMs;
const timestamp = { configDigest: new Uint8Array(32), epoch: 1, round: 1 };
const failed = { type: "failed", phase: "observation", timestamp, error: new Error("https://key@source") } as const;
const switched: OracleEvent = {
  ...{ type: "config-switched", configDigest: new Uint8Array(32), configCount: 1n, oracleId: 0, n: 1, f: 0 },
  ...{ deltaRoundMs: 2 * secondMs, reportingPluginConfig: new Uint8Array() },
};

/** A feed whose engine and clock do what the test says. */
function watch(options: { heartbeatMs?: number; freshnessLimitMs?: number | false } = {}) {
  let emit: (event: OracleEvent) => void = () => {};
  let time = 0;
  const { heartbeatMs, freshnessLimitMs } = options;
  const feed = watchFeed({
    name: "median.widget",
    engine: {
      subscribe(listener) {
        emit = listener;
        return () => {};
      },
    },
    product: heartbeatMs === undefined ? {} : { heartbeatMs: () => heartbeatMs },
    freshnessLimitMs,
    now: () => time,
  });
  return {
    feed,
    emit(...events: OracleEvent[]) {
      for (const event of events) emit(event);
    },
    pass(ms: number) {
      time += ms;
    },
    get shown() {
      const { health, readiness } = feed;
      return [feed.status.state, health.status, readiness.status];
    },
  };
}

describe("a feed's health", () => {
  it("fails when the third attempt in a row failed, and says in which phase but not why; a round without a failure mends it", () => {
    const { feed, emit, ...one } = watch({ heartbeatMs: hourMs });
    expect(feed.status).toEqual({ state: "waiting" });
    emit(switched, failed, failed);
    expect(feed.status.state).toBe("running");
    emit({ ...failed, phase: "plugin" });
    expect(feed.health).toEqual({
      name: "feeds.median.widget",
      status: "failing",
      output: 'the last 3 attempts failed, the latest in the phase "plugin": see the log',
    });
    // What works now and then is still of use.
    expect(feed.readiness.status).toBe("passing");
    emit({ type: "declined", phase: "report", timestamp });
    one.pass(secondMs);
    expect(feed.health).toEqual({ name: "feeds.median.widget", status: "passing", output: "" });
  });

  it("fails, and it is not ready, when nothing was transmitted for one and a half heartbeats", () => {
    const watched = watch({ heartbeatMs: hourMs });
    watched.emit(switched);
    watched.pass(1.5 * hourMs);
    expect(watched.shown).toEqual(["running", "passing", "passing"]);
    watched.pass(1);
    expect(watched.shown).toEqual(["stalled", "failing", "failing"]);
    watched.emit({ type: "transmitted", timestamp });
    expect(watched.shown).toEqual(["running", "passing", "passing"]);
    watched.pass(2 * hourMs);
    watched.emit(failed);
    expect(watched.feed.readiness.output).toBe(
      'nothing was transmitted for more than 1h30m0s; the last attempt failed in the phase "observation": see the log',
    );
    expect(watched.feed.status).toMatchObject({ transmissionAgeMs: 2 * hourMs, freshnessLimitMs: 1.5 * hourMs });
    expect(watched.feed.status.lastTransmission).toBeGreaterThan(Date.UTC(2024, 0));
  });

  it.each([
    ["a minute at least", 1000, 2000, 60_000],
    ["ten rounds at least", 1000, 30_000, 300_000],
    ["one and a half heartbeats", hourMs, 2000, 5_400_000],
  ])("has a limit of %s", (_, heartbeatMs, deltaRoundMs, limitMs) => {
    expect(freshnessLimitOf(heartbeatMs, deltaRoundMs)).toBe(limitMs);
  });

  it.each([
    ["the setting counts before the heartbeat", { heartbeatMs: hourMs, freshnessLimitMs: 5000 }, "stalled"],
    ["the setting counts without a heartbeat", { freshnessLimitMs: 5000 }, "stalled"],
    ["false means none", { heartbeatMs: 1, freshnessLimitMs: false as const }, "running"],
    ["a product without a heartbeat has none", {}, "running"],
  ])("%s", (_, options, state) => {
    const watched = watch(options);
    watched.emit(switched);
    watched.pass(100 * hourMs);
    expect(watched.feed.status.state).toBe(state);
  });

  it("fails while the contract's config cannot be run, and counts from when one can", () => {
    const watched = watch({ heartbeatMs: hourMs });
    watched.emit({ type: "config-refused", configDigest: new Uint8Array(32), error: new Error("no") });
    expect(watched.shown).toEqual(["refused", "failing", "failing"]);
    expect(watched.feed.health.output).toBe("the contract's config cannot be run: see the log");
    watched.pass(9 * hourMs);
    watched.emit(switched);
    expect(watched.shown).toEqual(["running", "passing", "passing"]);
  });

  it("is good while the contract has no config, unless a limit is set", () => {
    const watched = watch({ heartbeatMs: hourMs });
    const limited = watch({ freshnessLimitMs: hourMs });
    for (const one of [watched, limited]) one.pass(2 * hourMs);
    expect(watched.shown).toEqual(["waiting", "passing", "passing"]);
    expect(limited.shown).toEqual(["stalled", "failing", "failing"]);
  });
});
