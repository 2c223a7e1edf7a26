import { describe, expect, it } from "vitest";
import { longestTimerMs } from "../../../transports/time/clock.ts";
import { deadlineOf } from "../../../transports/time/deadline.ts";
import { settleWithin } from "../../../transports/time/settle.ts";

describe("waiting", () => {
  const later = () => new Promise<string>((resolve) => setTimeout(resolve, 50, "here"));

  it.each([longestTimerMs, longestTimerMs + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    "for %s ms at most does not end before what it waits for",
    async (ms) => {
      expect(await settleWithin(later(), ms)).toEqual({ settled: true, value: "here" });
    },
  );

  it("tells how a promise failed, and that one did not settle in time", async () => {
    const error = new Error("no");
    expect(await settleWithin(Promise.reject(error), 60_000)).toEqual({ settled: true, error });
    expect(await settleWithin(new Promise(() => {}), 1)).toEqual({ settled: false });
  });
});

describe("a deadline", () => {
  it.each([
    [undefined, undefined],
    [0, 0],
    [-1, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [0.5, 0.5],
    [longestTimerMs - 1, longestTimerMs - 1],
    [longestTimerMs, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NaN, undefined],
  ])("of %s ms is %s", (timeoutMs, deadline) => {
    expect(deadlineOf(timeoutMs)).toBe(deadline);
  });
});
