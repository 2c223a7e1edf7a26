import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideRestart,
  defaultRestartPolicy,
  noRestarts,
  type RestartRecord,
} from "../../src/runtime/restart-policy.ts";

const policy = { ...defaultRestartPolicy, initialDelayMs: 100, maxDelayMs: 1000, factor: 2, jitter: 0, maxRestarts: 4 };

describe("decideRestart()", () => {
  it("waits longer after each instance that ended early, up to the longest delay", () => {
    const delays: number[] = [];
    let record: RestartRecord = noRestarts;
    for (let now = 0; now < 6; now++) {
      const decision = decideRestart({ ...policy, maxRestarts: 10 }, record, { now, readyMs: 1, random: 0.5 });
      if (decision.restart) delays.push(decision.delayMs);
      record = decision.record;
    }
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it("gives up exactly at the limit within the window", () => {
    let record: RestartRecord = noRestarts;
    const granted: boolean[] = [];
    for (let now = 0; now < 6; now++) {
      const decision = decideRestart(policy, record, { now, readyMs: 0, random: 0 });
      granted.push(decision.restart);
      record = decision.record;
    }
    expect(granted).toEqual([true, true, true, true, false, false]);
  });

  it("forgets restarts that are older than the window", () => {
    const record = { failures: 4, restarts: [0, 1, 2, 3] };
    expect(decideRestart(policy, record, { now: policy.windowMs + 2, readyMs: 0, random: 0 }).restart).toBe(true);
    expect(decideRestart(policy, record, { now: policy.windowMs - 1, readyMs: 0, random: 0 }).restart).toBe(false);
  });

  it("forgets everything after a healthy instance", () => {
    const decision = decideRestart(
      policy,
      { failures: 4, restarts: [1, 2, 3, 4] },
      { now: 5, readyMs: policy.healthyMs, random: 0 },
    );
    expect(decision).toMatchObject({ restart: true, delayMs: 100, record: { failures: 1, restarts: [5] } });
  });

  it("keeps every delay within its jitter and its limits, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.record({
          initialDelayMs: fc.nat(10_000),
          maxDelayMs: fc.nat(100_000),
          factor: fc.double({ min: 1, max: 10, noNaN: true }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
          healthyMs: fc.nat(100_000),
          maxRestarts: fc.nat(20),
          windowMs: fc.integer({ min: 1, max: 1_000_000 }),
        }),
        fc.array(
          fc.record({
            after: fc.nat(100_000),
            readyMs: fc.nat(200_000),
            random: fc.double({ min: 0, max: 0.999, noNaN: true }),
          }),
        ),
        (some, ends) => {
          let record: RestartRecord = noRestarts;
          let now = 0;
          const granted: number[] = [];
          for (const { after, readyMs, random } of ends) {
            now += after;
            if (readyMs >= some.healthyMs) granted.length = 0;
            const decision = decideRestart(some, record, { now, readyMs, random });
            const recent = granted.filter((time) => time > now - some.windowMs).length;
            expect(decision.restart).toBe(recent < some.maxRestarts);
            if (decision.restart) {
              granted.push(now);
              expect(decision.delayMs).toBeGreaterThanOrEqual(0);
              expect(decision.delayMs).toBeLessThanOrEqual(some.maxDelayMs);
            }
            record = decision.record;
          }
        },
      ),
    );
  });
});
