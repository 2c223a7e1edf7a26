import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { longestTimerMs, systemClock } from "../../../transports/time/clock.ts";
import {
  createDeadline,
  deadlineAfter,
  inTime,
  type Limit,
  TimeoutError,
  timeLeft,
  withDeadline,
} from "../../../transports/time/deadline.ts";
import { countListeners } from "./listeners.ts";

function setup(timeoutMs = 50) {
  const clock = createFakeClock();
  const outer = new AbortController();
  const listeners = countListeners(outer.signal);
  const limit: Limit = { timeoutMs, late: () => new TimeoutError("too late"), signal: outer.signal, clock };
  return { clock, outer, limit, left: () => ({ timers: clock.pending.length, listeners: listeners() }) };
}
const nothing = { timers: 0, listeners: 0 };

/** Ends only when it is told to. */
const heeding = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

describe("a limit of time that has begun", () => {
  it("aborts when the time is over", async () => {
    const { clock, limit } = setup();
    using deadline = createDeadline(limit);
    await clock.advance(49);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toEqual(new TimeoutError("too late"));
  });

  it.each([0, -1])("of %d ms is over at once", (timeoutMs) => {
    const { limit, left } = setup(timeoutMs);
    using deadline = createDeadline(limit);
    expect(deadline.signal.reason).toBeInstanceOf(TimeoutError);
    expect(left()).toEqual(nothing);
  });

  it.each([longestTimerMs + 1, Number.POSITIVE_INFINITY])("of %d ms has no end of its own", (timeoutMs) => {
    const { limit, left, outer } = setup(timeoutMs);
    using deadline = createDeadline(limit);
    expect(left()).toEqual({ timers: 0, listeners: 1 });
    outer.abort("enough");
    expect(deadline.signal.reason).toBe("enough");
  });

  it("of NaN ms is a mistake", async () => {
    const { limit, left } = setup(Number.NaN);
    expect(() => createDeadline(limit)).toThrow(RangeError);
    await expect(inTime(limit, async () => "done")).rejects.toThrow(RangeError);
    expect(left()).toEqual(nothing);
    expect(() => systemClock.after(Number.NaN, () => {})).toThrow(RangeError);
  });

  it("aborts with the signal around it, at once where that has aborted", () => {
    const { limit, left, outer } = setup();
    outer.abort("enough");
    using deadline = createDeadline(limit);
    expect(deadline.signal.reason).toBe("enough");
    expect(left()).toEqual(nothing);
  });

  it("can be ended, and leaves nothing behind when it is disposed of", async () => {
    const { limit, left, clock, outer } = setup();
    const ended = createDeadline(limit);
    ended.end("done");
    expect(ended.signal.reason).toBe("done");
    ended[Symbol.dispose]();
    const disposed = createDeadline(limit);
    disposed[Symbol.dispose]();
    expect(left()).toEqual(nothing);
    outer.abort();
    await clock.advance(100);
    expect(disposed.signal.aborted).toBe(false);
  });
});

describe.each([
  ["that heeds its signal", withDeadline],
  ["that is left behind", inTime],
])("work %s", (_, run) => {
  it("gives its result or its error, and leaves nothing behind", async () => {
    const { limit, left } = setup();
    expect(await run(limit, async () => "done")).toBe("done");
    await expect(run(limit, () => Promise.reject(new Error("own")))).rejects.toThrow("own");
    const throwing = () => {
      throw new Error("at once");
    };
    await expect(run(limit, throwing)).rejects.toThrow("at once");
    expect(left()).toEqual(nothing);
  });

  it("ends when the time is over", async () => {
    const { limit, left, clock } = setup();
    const outcome = run(limit, heeding).catch((error: unknown) => error);
    await clock.advance(50);
    expect(await outcome).toEqual(new TimeoutError("too late"));
    expect(left()).toEqual(nothing);
  });

  it("ends with its owner, for the owner's reason", async () => {
    const { limit, left, outer } = setup();
    const outcome = run(limit, heeding).catch((error: unknown) => error);
    outer.abort("enough");
    expect(await outcome).toBe("enough");
    expect(left()).toEqual(nothing);
  });
});

it("waits for the end of work that heeds its signal", async () => {
  const { limit, clock } = setup();
  const tidied = Promise.withResolvers<string>();
  let settled = false;
  const outcome = withDeadline(limit, () => tidied.promise).finally(() => {
    settled = true;
  });
  await clock.advance(50);
  expect(settled).toBe(false);
  tidied.resolve("tidy");
  expect(await outcome).toBe("tidy");
});

it("does not wait for work that is left behind, nor begin what has no time", async () => {
  const { limit, clock, outer } = setup();
  const late = Promise.withResolvers<string>();
  const outcome = inTime(limit, () => late.promise).catch((error: unknown) => error);
  await clock.advance(50);
  expect(await outcome).toBeInstanceOf(TimeoutError);
  late.reject(new Error("nobody waits"));
  let begun = 0;
  const work = async () => void begun++;
  await expect(inTime({ ...limit, timeoutMs: 0 }, work)).rejects.toThrow("too late");
  outer.abort(new Error("enough"));
  await expect(inTime(limit, work)).rejects.toThrow("enough");
  expect(begun).toBe(0);
});

describe("the deadline of a call", () => {
  it.each([
    [0, 0],
    [-1, 0],
    [0.5, 0.5],
    [longestTimerMs - 1, longestTimerMs - 1],
  ])("that has %s ms leaves it so much", (timeoutMs, left) => {
    const before = performance.now();
    const deadline = deadlineAfter(timeoutMs) as number;
    // The clock is a double.
    const precision = 0.001;
    expect(deadline - before).toBeGreaterThanOrEqual(timeoutMs - precision);
    expect(timeLeft(deadline)).toBeLessThanOrEqual(left + precision);
    expect(timeLeft(deadline)).toBeGreaterThanOrEqual(0);
  });

  it.each([undefined, longestTimerMs, Number.POSITIVE_INFINITY, Number.NaN])("that has %s ms is never", (timeoutMs) => {
    expect(deadlineAfter(timeoutMs)).toBeUndefined();
  });

  it("that is further away than a timer can wait is no limit", () => {
    expect(timeLeft(Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(timeLeft(performance.now() + 2 * longestTimerMs)).toBeUndefined();
    expect(timeLeft(undefined)).toBeUndefined();
  });
});
