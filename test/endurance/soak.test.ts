/**
 * What is done a thousand times and for an hour must cost nothing in the end. `LOOPP_TEST_FULL` sets the sizes that are promised in
 * docs/reliability.md; without it, short ones only see to it that the counts are right and the programs work.
 */
import { describe, expect, it } from "vitest";
import type { Soaked } from "./programs/soak.ts";
import { full, runProgram } from "./support.ts";

/** What memory may grow by with each cycle, beyond what the runtime alone takes. */
const mostKbPerCycle = 10;
/** Runtimes start some threads when they are first needed, and in a short run that may be late. */
const lateThreads = full ? 1 : 8;
const timeout = full ? 4 * 3_600_000 : 60_000;

function soak(action: string, transport: string, count: number): Promise<Soaked> {
  return runProgram("soak.ts", [action, transport, count]);
}

/** KB per cycle that the runtime alone keeps of the same, in a program that uses nothing of ours. */
async function keptByRuntime(count: number, ...controls: readonly string[]): Promise<number> {
  let kb = 0;
  for (const control of controls) kb += Math.max(0, (await soak(control, "-", count)).kbPerCycle);
  return kb;
}

function expectNothingLeft(soaked: Soaked): void {
  expect(soaked.after).toEqual(soaked.before);
  expect(soaked.after.zombies).toBe(0);
  expect(soaked.threads.after).toBeLessThanOrEqual(soaked.threads.before + lateThreads);
  expect(soaked.plugin?.after).toEqual(soaked.plugin?.before);
}

describe("in the long run nothing is left", () => {
  it.each([
    ["worker", "bare-pool", full ? 1000 : 6],
    ["process", "bare-process", full ? 1000 : 4],
  ] as const)(
    "of crashes and restarts on the %s transport",
    async (transport, control, cycles) => {
      const soaked = await soak("crashes", transport, cycles);
      expectNothingLeft(soaked);
      if (!full) return;
      expect(soaked.kbPerCycle).toBeLessThan(mostKbPerCycle + (await keptByRuntime(cycles, control)));
    },
    timeout,
  );

  it(
    "of rounds of switches through the three transports",
    async () => {
      const soaked = await soak("switches", "-", full ? 1000 : 2);
      expectNothingLeft(soaked);
      if (!full) return;
      expect(soaked.kbPerCycle).toBeLessThan(mostKbPerCycle + (await keptByRuntime(1000, "bare-pool", "bare-process")));
    },
    timeout,
  );

  it.each(["in-process", "worker", "process"])(
    "of brokered connections on the %s transport",
    async (transport) => {
      // A hundred connections each.
      const soaked = await soak("brokered", transport, full ? 1000 : 2);
      expectNothingLeft(soaked);
      if (!full) return;
      const most = mostKbPerCycle + (transport === "process" ? await keptByRuntime(1000, "bare-http2") : 0);
      expect(soaked.kbPerCycle).toBeLessThan(most);
      expect(soaked.plugin?.kbPerCycle ?? 0).toBeLessThan(most);
    },
    timeout,
  );

  it(
    "of the calls of 64 callers on the three transports at once",
    async () => {
      const minutes = Number(process.env.LOOPP_SOAK_MINUTES ?? (full ? 60 : 0.03));
      const soaked = await soak("load", "-", Math.max(2, Math.round(minutes * 60)));
      expectNothingLeft(soaked);
      expect(soaked.calls).toBeGreaterThan(100);
      if (full) expect(soaked.kbPerCycle).toBeLessThan(mostKbPerCycle);
    },
    timeout,
  );

  // The full sizes run them all, and compare.
  it.skipIf(full).each(["bare-worker", "bare-pool", "bare-process", "bare-http2"])(
    "of %s, which is only there to compare with",
    async (control) => expectNothingLeft(await soak(control, "-", 2)),
    timeout,
  );
});
