/**
 * Runs the contenders against each other: all of them stand ready for the whole time, and every round measures each of
 * them under each load for a short window, so that whatever disturbs the machine disturbs all alike.
 */
import { setTimeout as delay } from "node:timers/promises";
import { errorText } from "../src/values/error-text.ts";
import { ignore } from "../transports/calls/iterables.ts";
import { settleWithin } from "../transports/time/settle.ts";
import type { Contender, RunningContender } from "./contender.ts";
import type { Load, Sample } from "./loads.ts";
import { quantile } from "./statistics.ts";

export interface BenchOptions {
  readonly contenders: readonly Contender[];
  readonly loads: readonly Load[];
  /** How many windows each contender gets under each load, after a warm-up. */
  readonly rounds: number;
  /** Length of one window, in milliseconds. */
  readonly windowMs: number;
  /** Told what happens, in a line. */
  onProgress?(line: string): void;
}

export interface ContenderResult {
  readonly name: string;
  readonly about: string;
  readonly peers: readonly string[];
  /** Why it did not start. */
  readonly failure?: string;
  /** By the load's name. */
  readonly loads: Readonly<Record<string, LoadResult>>;
}

/** One entry for each round; empty when the contender has nothing that could be measured so. */
export interface LoadResult {
  readonly perSecond: number[];
  /** Of single calls, where one call goes at a time. */
  readonly p50Us: number[];
  readonly p99Us: number[];
  /** Why there are no more rounds than these. */
  failure?: string;
}

/** How long anything may take beside the windows themselves, in milliseconds. */
const graceMs = 20_000;
/** Between two windows: what the one left undone is not to be done in the next. */
const pauseMs = 20;

/**
 * Measures them all and stops them again. A contender that does not start, or fails under a load, gets the reason in its result
 * and the others go on.
 */
export async function runBench(options: BenchOptions): Promise<readonly ContenderResult[]> {
  const { contenders, loads, rounds, windowMs, onProgress } = options;
  const entrants: Entrant[] = [];
  try {
    for (const contender of contenders) {
      onProgress?.(`starting ${contender.name}`);
      entrants.push(await enter(contender, loads));
    }
    for (const load of loads) {
      onProgress?.(`warming up for ${load.title}`);
      for (const entrant of entrants) await attempt(entrant, load, 2 * windowMs);
    }
    for (let round = 0; round < rounds; round++) {
      onProgress?.(`round ${round + 1} of ${rounds}`);
      for (const load of loads) {
        // There and back again, so that no contender always runs after the same neighbour.
        for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
          // The first part of a window does not count: the other side has been idle since its last one.
          await attempt(entrant, load, windowMs / 4);
          const sample = await attempt(entrant, load, windowMs);
          if (sample !== undefined) record(entrant.loads[load.name], sample);
        }
      }
    }
  } finally {
    await Promise.all(entrants.map(({ running }) => running && settleWithin(running.stop(), graceMs)));
  }
  return entrants.map(({ running: _, ...result }): ContenderResult => result);
}

interface Entrant extends ContenderResult {
  readonly running: RunningContender | undefined;
  readonly loads: Record<string, LoadResult>;
}

async function enter({ name, about, peers = [], start }: Contender, loads: readonly Load[]): Promise<Entrant> {
  const results = Object.fromEntries(
    loads.map((load): [string, LoadResult] => [load.name, { perSecond: [], p50Us: [], p99Us: [] }]),
  );
  const common = { name, about, peers, loads: results };
  const starting = start();
  const started = await settleWithin(starting, graceMs);
  if ("value" in started) return { ...common, running: started.value };
  // One that comes too late is not left running.
  if (!started.settled) starting.then((late) => late.stop()).catch(ignore);
  return { ...common, running: undefined, failure: reasonOf(started, "did not start") };
}

/** One window, unless the contender has failed under this load before: it may still do well under others. */
async function attempt({ running, loads }: Entrant, load: Load, windowMs: number): Promise<Sample | undefined> {
  const result = loads[load.name];
  if (running === undefined || result === undefined || result.failure !== undefined) return undefined;
  const measured = await settleWithin(load.measure(running, windowMs), windowMs + graceMs);
  await delay(pauseMs);
  if ("value" in measured) return measured.value;
  result.failure = reasonOf(measured, "did not answer");
  return undefined;
}

function record(result: LoadResult | undefined, { perSecond, latenciesUs }: Sample): void {
  result?.perSecond.push(perSecond);
  if (latenciesUs === undefined) return;
  result?.p50Us.push(quantile(latenciesUs, 0.5));
  result?.p99Us.push(quantile(latenciesUs, 0.99));
}

function reasonOf(outcome: { settled: boolean; error?: unknown }, timedOut: string): string {
  if (!outcome.settled) return `${timedOut} within ${graceMs / 1000} s`;
  return errorText(outcome.error);
}
