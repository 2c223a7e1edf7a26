import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { longestTimerMs } from "../../../transports/time/clock.ts";
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

  it("goes by the clock that it is given, and leaves no timer behind", async () => {
    const clock = createFakeClock();
    const late = Promise.withResolvers<string>();
    const waiting = settleWithin(late.promise, 100, clock);
    await clock.advance(100);
    expect(await waiting).toEqual({ settled: false });
    late.reject(new Error("nobody waits"));
    expect(await settleWithin(Promise.resolve("here"), 100, clock)).toEqual({ settled: true, value: "here" });
    expect(clock.pending).toEqual([]);
  });
});
