import { describe, expect, it } from "vitest";
import { createFakeClock } from "../../src/testing/index.ts";
import { sleep } from "../../transports/time/sleep.ts";

describe("a fake clock", () => {
  it("runs what is due in order, each at its time, also what is set meanwhile", async () => {
    const clock = createFakeClock(1000);
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name} ${clock.now()}`);
    clock.after(20, note("late"));
    clock.after(10, () => {
      note("early")();
      clock.after(5, note("between"));
    });
    clock.after(20, note("later"));
    clock.after(100, note("never"));
    expect(clock.pending).toEqual([1010, 1020, 1020, 1100]);
    await clock.advance(50);
    expect(seen).toEqual(["early 1010", "between 1015", "late 1020", "later 1020"]);
    expect(clock.now()).toBe(1050);
    expect(clock.pending).toEqual([1100]);
  });

  it("runs nothing before time is let pass, and nothing that was cancelled", async () => {
    const clock = createFakeClock();
    let ran = 0;
    clock.after(0, () => ran++);
    const cancel = clock.after(0, () => ran++);
    expect(ran).toBe(0);
    cancel();
    await clock.advance(0);
    expect(ran).toBe(1);
    cancel();
    expect(clock.pending).toEqual([]);
  });

  it("lets promises settle, so that one wait can follow on the other", async () => {
    const clock = createFakeClock(0);
    const times: number[] = [];
    const { signal } = new AbortController();
    const walk = (async () => {
      for (let step = 0; step < 3; step++) {
        await sleep(10, { clock, signal });
        times.push(clock.now());
      }
    })();
    await clock.advance(100);
    await walk;
    expect(times).toEqual([10, 20, 30]);
  });

  it("can be set to another time, by which none passes", async () => {
    const clock = createFakeClock(1000);
    const seen: number[] = [];
    clock.after(20, () => seen.push(clock.elapsed()));
    await clock.advance(10);
    clock.set(500);
    expect([clock.now(), clock.elapsed(), ...clock.pending]).toEqual([500, 10, 510]);
    await clock.advance(10);
    expect(seen).toEqual([20]);
    expect(clock.now()).toBe(510);
  });

  it("does not go back", async () => {
    await expect(createFakeClock().advance(-1)).rejects.toThrow(RangeError);
  });
});
