/**
 * What is done a thousand times and for an hour must cost nothing in the end. `LOOPP_TEST_FULL` sets the sizes that are promised in
 * docs/reliability.md; without it, short ones only see to it that the counts are right and the programs work.
 */
import { describe, expect, it } from "vitest";
import { runtimeName } from "../../src/values/platform.ts";
import { full } from "../full.ts";
import type { Soaked } from "./programs/soak.ts";
import { runProgram } from "./support.ts";

/** What memory may grow by with each cycle. */
const mostKbPerCycle = 10;
/** Runtimes start some threads when they are first needed, and in a short run that may be late. */
const lateThreads = full ? 1 : 8;
/**
 * Keeps out of the measure what is not held. With more arenas glibc's allocator shows which threads happened to allocate at once;
 * and V8 keeps the new space of threads that have ended, up to some 27 MB that come and go, for those to come.
 */
const onlyWhatIsHeld = {
  MALLOC_ARENA_MAX: "1",
  ...(runtimeName === "node" ? { NODE_OPTIONS: "--max-semi-space-size=1" } : {}),
};
const timeout = full ? 4 * 3_600_000 : 60_000;

async function soak(action: string, transport: string, count: number, leastCalls = 0): Promise<void> {
  const soaked = await runProgram<Soaked>("soak.ts", [action, transport, count], onlyWhatIsHeld);
  expect(soaked.after).toEqual(soaked.before);
  expect(soaked.after.zombies).toBe(0);
  expect(soaked.threads.after).toBeLessThanOrEqual(soaked.threads.before + lateThreads);
  expect(soaked.plugin?.after).toEqual(soaked.plugin?.before);
  if (full) {
    expect(soaked.kbPerCycle).toBeLessThan(mostKbPerCycle);
    expect(soaked.plugin?.kbPerCycle ?? 0).toBeLessThan(mostKbPerCycle);
  }
  expect(soaked.calls ?? 0).toBeGreaterThanOrEqual(leastCalls);
}

// The hour of load goes first, and the others go beside it one by one (`maxConcurrency`): each has a process of its own.
describe("in the long run nothing is left", { concurrent: full }, () => {
  it(
    "of the calls of 64 callers on the three transports at once",
    () => {
      const minutes = Number(process.env.LOOPP_SOAK_MINUTES ?? (full ? 60 : 0.03));
      return soak("load", "-", Math.max(2, Math.round(minutes * 60)), 100);
    },
    timeout,
  );

  it.each([
    ["worker", full ? 1000 : 6],
    ["process", full ? 1000 : 4],
  ] as const)(
    "of crashes and restarts on the %s transport",
    (transport, cycles) => soak("crashes", transport, cycles),
    timeout,
  );

  it("of rounds of switches through the three transports", () => soak("switches", "-", full ? 1000 : 2), timeout);

  // A cycle is a hundred connections.
  it.each(["in-process", "worker", "process"])(
    "of brokered connections on the %s transport",
    (transport) => soak("brokered", transport, full ? 1000 : 2),
    timeout,
  );
});
