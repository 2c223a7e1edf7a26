/**
 * Runs the contenders of a table against each other: all of them stand ready for the whole time, and every round measures each of
 * them under each load for a short window, so that whatever disturbs the machine disturbs all alike.
 */
import { setTimeout as delay } from "node:timers/promises";
import { formatDuration } from "../src/values/duration.ts";
import { errorText } from "../src/values/error-text.ts";
import { ignore } from "../transports/calls/iterables.ts";
import { settleWithin } from "../transports/time/settle.ts";
import type { Contender, RunningContender } from "./contender.ts";
import { type Load, measure } from "./loads.ts";
import type { BenchTable, Row } from "./results.ts";

export interface Contest {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
}

export interface RunOptions {
  readonly loads: readonly Load[];
  /** How many windows each contender gets under each load, after a warm-up. */
  readonly rounds: number;
  /** Length of one window, in milliseconds. */
  readonly windowMs: number;
  /** Told what happens, in a line. */
  onProgress?(line: string): void;
}

/** How long anything may take beside the windows themselves, in milliseconds. */
const graceMs = 20_000;
/** Between two windows: what the one left undone is not to be done in the next. */
const pauseMs = 20;

/**
 * Measures them all and stops them again. A contender that does not start, or fails under a load, gets the reason in its row
 * and the others go on.
 */
export async function runContest({ name, title, contenders }: Contest, options: RunOptions): Promise<BenchTable> {
  const { loads, rounds, windowMs, onProgress } = options;
  const compared = contenders.filter(({ role }) => role === "peer" || role === "bound").map((one) => one.name);
  const entrants: Entrant[] = [];
  try {
    for (const contender of contenders) {
      onProgress?.(`${name}: starting ${contender.name}`);
      entrants.push(await enter(contender, compared));
    }
    for (const load of loads) {
      onProgress?.(`${name}: warming up for ${load.title}`);
      for (const entrant of entrants) await attempt(entrant, load, windowMs);
    }
    for (let round = 0; round < rounds; round++) {
      onProgress?.(`${name}: round ${round + 1} of ${rounds}`);
      for (const load of loads) {
        // There and back again, so that no contender always runs after the same neighbour.
        for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
          // The first part of a window does not count: the other side has been idle since its last one.
          await attempt(entrant, load, windowMs / 4);
          record(entrant, load, await attempt(entrant, load, windowMs));
        }
      }
    }
  } finally {
    await Promise.all(entrants.map(({ running }) => running && settleWithin(running.stop(), graceMs)));
  }
  const columns = loads.flatMap(({ figures }) => figures.map(({ of: _, ...column }) => column));
  const rows = entrants.map(({ running: _, failed: __, ...row }): Row => row);
  return { name, title, columns, rows };
}

interface Entrant extends Row {
  readonly running: RunningContender | undefined;
  readonly figures: Record<string, number[]>;
  readonly remarks: string[];
  /** The loads that it has failed under: it may still do well under others. */
  readonly failed: Set<Load>;
}

async function enter(contender: Contender, compared: readonly string[]): Promise<Entrant> {
  const { name, about, role, startWithinMs = graceMs } = contender;
  const against = contender.against ?? (role === "ours" ? compared : []);
  const entrant = { name, about, role, against, figures: {}, remarks: [], failed: new Set<Load>() };
  try {
    await contender.prepare?.();
  } catch (error) {
    return { ...entrant, running: undefined, remarks: [`does not run here: ${errorText(error)}`] };
  }
  const starting = contender.start();
  const started = await settleWithin(starting, startWithinMs);
  if ("value" in started) return { ...entrant, running: started.value };
  // One that comes too late is not left running.
  if (!started.settled) starting.then((late) => late.stop()).catch(ignore);
  return {
    ...entrant,
    running: undefined,
    remarks: [`does not run here: ${reasonOf(started, "did not start", startWithinMs)}`],
  };
}

/** One window, unless the contender has failed under this load before. */
async function attempt({ running, remarks, failed }: Entrant, load: Load, windowMs: number) {
  if (running === undefined || failed.has(load)) return undefined;
  const measured = await settleWithin(measure(running, load, windowMs), windowMs + graceMs);
  await delay(pauseMs);
  if ("value" in measured) return measured.value;
  failed.add(load);
  remarks.push(`${load.title}: ${reasonOf(measured, "did not answer", windowMs + graceMs)}`);
  return undefined;
}

function record({ figures }: Entrant, { figures: columns }: Load, found: Readonly<Record<string, number>> = {}): void {
  for (const { name } of columns) {
    const value = found[name];
    if (value === undefined) continue;
    figures[name] ??= [];
    figures[name].push(value);
  }
}

function reasonOf(outcome: { settled: boolean; error?: unknown }, timedOut: string, withinMs: number): string {
  if (!outcome.settled) return `${timedOut} within ${formatDuration(withinMs)}`;
  return errorText(outcome.error);
}
