import { describe, expect, it } from "vitest";
import { callWithin } from "../../../src/ocr2/oracle/deadline.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { TimeoutError } from "../../../transports/time/deadline.ts";

function setup() {
  const clock = createFakeClock();
  const stopping = new AbortController();
  return {
    clock,
    stopping,
    limit: { what: "Observation (maxDurationObservation)", limitMs: 50, clock, signal: stopping.signal },
  };
}

describe("a call within its limit", () => {
  it("gives its result and leaves no timer behind", async () => {
    const { clock, limit } = setup();
    expect(await callWithin(limit, async ({ timeoutMs }) => timeoutMs)).toBe(50);
    await clock.advance(0);
    expect(clock.pending).toEqual([]);
  });

  it("gives its own error, thrown or rejected", async () => {
    const { limit } = setup();
    await expect(callWithin(limit, () => Promise.reject(new Error("no price")))).rejects.toThrow("no price");
    const throwing = () => {
      throw new Error("at once");
    };
    await expect(callWithin(limit, throwing)).rejects.toThrow("at once");
  });

  it("fails exactly at the limit, tells the call to end, and ignores its late result", async () => {
    const { clock, limit } = setup();
    const late = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    const outcome = callWithin(limit, (options) => {
      signal = options.signal;
      return late.promise;
    }).catch((error) => error);
    await clock.advance(49);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(signal?.aborted).toBe(true);
    late.resolve("too late");
    const error = await outcome;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe("Observation (maxDurationObservation) took longer than its 50ms");
  });

  it("ends with its owner, before or while it runs", async () => {
    const { stopping, limit } = setup();
    const outcome = callWithin(limit, () => new Promise(() => {}));
    stopping.abort(new Error("stopped"));
    await expect(outcome).rejects.toThrow("stopped");
    let called = false;
    const unstarted = callWithin(limit, async () => {
      called = true;
    });
    await expect(unstarted).rejects.toThrow("stopped");
    expect(called).toBe(false);
  });

  it("tells the other side whole milliseconds", async () => {
    const { limit } = setup();
    expect(await callWithin({ ...limit, limitMs: 0.25 }, async ({ timeoutMs }) => timeoutMs)).toBe(1);
  });
});
