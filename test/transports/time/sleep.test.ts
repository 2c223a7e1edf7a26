import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import { countListeners } from "./listeners.ts";

describe("sleeping", () => {
  it("ends when the time is over, or with its signal, and leaves nothing behind", async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const listeners = countListeners(stop.signal);
    const woken: string[] = [];
    void sleep(10, { clock, signal: stop.signal }).then(() => woken.push("first"));
    void sleep(1000, { clock, signal: stop.signal }).then(() => woken.push("second"));
    await clock.advance(9);
    expect(woken).toEqual([]);
    await clock.advance(1);
    expect(woken).toEqual(["first"]);
    expect(listeners()).toBe(1);
    stop.abort();
    await clock.advance(0);
    expect(woken).toEqual(["first", "second"]);
    expect(clock.pending).toEqual([]);
    expect(listeners()).toBe(0);
  });

  it("does not begin where the signal has aborted", async () => {
    const clock = createFakeClock();
    await sleep(10, { clock, signal: AbortSignal.abort() });
    expect(clock.pending).toEqual([]);
  });

  it("takes real time where no clock is given", async () => {
    const begin = performance.now();
    await sleep(20);
    expect(performance.now() - begin).toBeGreaterThan(15);
  });
});
