/** What an operator sees of a feed: one line per round. */

import { cutText, maxEntryChars } from "../../../transports/logs/plain-entry.ts";
import type { JobSpec } from "../../jobs/types.ts";
import type { ReportTimestamp } from "../../loop/types.ts";
import type { OracleEngine, OracleEvent, OraclePhase } from "../../ocr2/oracle/engine.ts";
import { outcomeOf, type PipelineRun } from "../../pipeline/run.ts";
import type { Pipeline } from "../../pipeline/types.ts";
import { printable } from "../../values/printable.ts";
import type { Product } from "../products/product.ts";

export interface Round {
  readonly job: string;
  readonly epoch: number;
  readonly round: number;
  /** The chain's answer after the round's transmission, as a decimal; absent when nothing was transmitted. */
  readonly answer?: string;
  /** The price sources that answered in time, out of {@link asked}. */
  readonly answered: readonly string[];
  readonly asked: readonly string[];
  /** From the round's start to its end. */
  readonly durationMs: number;
  /** The phase that it ended in. */
  readonly phase: OraclePhase;
  readonly outcome: "transmitted" | "nothing to report" | "not accepted" | "not transmitted" | "failed";
  /** What failed. */
  readonly error?: string;
}

export interface RoundWatch extends Disposable {
  /** Must be called after each run of the job's observation source. */
  onObservation(run: PipelineRun): void;
}

export interface RoundWatchOptions {
  readonly job: Pick<JobSpec, "name">;
  readonly product: Pick<Product, "pipelines" | "latestAnswer">;
  /** Not started yet. */
  readonly engine: OracleEngine;
  /** How many digits of an answer are after the decimal point. */
  readonly decimals: number;
  readonly onRound: (round: Round) => void;
}

interface OpenRound {
  readonly at: number;
  answered: readonly string[];
}

const maxOpenRounds = 100;

/** Follows a feed's engine. */
export function watchRounds({ job, product, engine, decimals, onRound }: RoundWatchOptions): RoundWatch {
  const asked = sourcesOf(product.pipelines.observation);
  /** Rounds that are not over yet: a report may still be on its way when the next round begins. */
  const open = new Map<string, OpenRound>();
  let latest: OpenRound = { at: 0, answered: [] };

  function begin(timestamp: ReportTimestamp): void {
    latest = { at: performance.now(), answered: [] };
    open.set(keyOf(timestamp), latest);
    // A report that has no turn to be transmitted ends no round.
    for (const key of open.keys()) if (open.size > maxOpenRounds) open.delete(key);
  }

  /** @returns what is known of a round that is over; undefined where it did not begin here */
  function close(timestamp: ReportTimestamp): Omit<Round, "phase" | "outcome"> | undefined {
    const { epoch, round } = timestamp;
    const ended = open.get(keyOf(timestamp));
    if (ended === undefined) return undefined;
    open.delete(keyOf(timestamp));
    return { job: job.name, epoch, round, answered: ended.answered, asked, durationMs: performance.now() - ended.at };
  }

  function finish(timestamp: ReportTimestamp, rest: Pick<Round, "phase" | "outcome" | "error">): void {
    const ended = close(timestamp);
    if (ended !== undefined) onRound({ ...ended, ...rest });
  }

  async function onEvent(event: OracleEvent): Promise<void> {
    switch (event.type) {
      case "round-started":
        return begin(event.timestamp);
      case "transmitted": {
        const ended = close(event.timestamp);
        if (ended === undefined) return;
        const answer = await product.latestAnswer?.({ timeoutMs: 1000 }).catch(() => undefined);
        const shown = answer === undefined ? {} : { answer: formatAnswer(answer, decimals) };
        return onRound({ ...ended, phase: "transmit", outcome: "transmitted", ...shown });
      }
      case "declined": {
        const outcome = { report: "nothing to report", accept: "not accepted", transmit: "not transmitted" } as const;
        return finish(event.timestamp, { phase: event.phase, outcome: outcome[event.phase] });
      }
      case "failed":
        if (event.timestamp === undefined) return;
        return finish(event.timestamp, {
          phase: event.phase,
          outcome: "failed",
          error: `${event.phase}: ${event.error.message}`,
        });
    }
  }

  const unsubscribe = engine.subscribe((event) => void onEvent(event));
  return {
    onObservation(run) {
      latest.answered = answeredIn(run, asked);
    },
    [Symbol.dispose]: unsubscribe,
  };
}

function keyOf({ epoch, round }: ReportTimestamp): string {
  return `${epoch}/${round}`;
}

/** Those of the sources that answered: a value from the cache is no answer. */
export function answeredIn({ tasks }: PipelineRun, sources: readonly string[]): string[] {
  return sources.filter((source) => {
    const task = tasks.get(source);
    return task !== undefined && outcomeOf(source, task) === "ok";
  });
}

/** The tasks that call an external source. */
export function sourcesOf(pipeline: Pipeline | undefined): string[] {
  const { tasks = [] } = pipeline ?? {};
  return tasks.filter(({ type }) => type === "http" || type === "bridge").map(({ name }) => name);
}

/** 1234 with 2 decimals is 12.34. */
function formatAnswer(answer: bigint, decimals: number): string {
  const digits = (answer < 0n ? -answer : answer).toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  return `${answer < 0n ? "-" : ""}${digits.slice(0, point)}${decimals === 0 ? "" : `.${digits.slice(point)}`}`;
}

/** `WIDGET / USD  1/7  answer 12.34567800  3 of 3 sources (a, b, c)  41 ms  transmitted` */
export function formatRound({ job, epoch, round, answer, answered, asked, durationMs, outcome, error }: Round): string {
  const sources = `${answered.length} of ${asked.length} sources${answered.length === 0 ? "" : ` (${answered.join(", ")})`}`;
  const parts = [
    job,
    `round ${epoch}/${round}`,
    ...(answer === undefined ? [] : [`answer ${answer}`]),
    ...(asked.length === 0 ? [] : [sources]),
    `${Math.round(durationMs)} ms`,
    error === undefined ? outcome : `${outcome}: ${error}`,
  ];
  // What failed may be in the words of a price source.
  return printable(cutText(parts.join("  "), maxEntryChars));
}
