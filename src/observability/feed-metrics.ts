/**
 * Metrics of feeds: their states, the rounds by outcome and phase, the last transmission, and the tasks of their pipelines. Every count is
 * there with 0 from the feed's beginning on, so that the first is an increase. It knows feeds only by what they report.
 */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

export const feedStates = ["waiting", "refused", "running", "failing", "stalled"] as const;

/**
 * Waiting: no config is in force, or a plugin has not started. Refused: the config in force cannot be run. Failing: several attempts in a
 * row failed. Stalled: the last transmission is older than the freshness limit. Running: none of these.
 */
export type FeedState = (typeof feedStates)[number];

export interface FeedStatus {
  readonly state: FeedState;
  /** In milliseconds since 1970; absent before the first. */
  readonly lastTransmission?: number;
  /** How long ago that was. */
  readonly transmissionAgeMs?: number;
  /** The greatest age at which the feed is well. Absent: none. */
  readonly freshnessLimitMs?: number;
}

/** How rounds end, and in which phases they do. */
const roundEnds = {
  transmitted: ["transmit"],
  declined: ["report", "accept", "transmit"],
  failed: ["query", "observation", "report", "accept", "transmit"],
} as const;
export type RoundOutcome = keyof typeof roundEnds;

/** What can fail outside of rounds. */
const otherPhases = ["config", "store", "plugin"] as const;

const taskOutcomes = ["ok", "from-cache", "failed", "too-slow", "input-failed"] as const;

export interface WatchedFeed {
  /** The name of its plugin, which no other feed has. */
  readonly name: string;
  readonly job: string;
  readonly relayer: string;
  readonly contract: string;
  /** How many price sources it asks. */
  readonly sources: number;
  /** The tasks that it is known to have, by what their pipeline is for. */
  readonly tasks: Iterable<{ readonly pipeline: string; readonly type: string }>;
  /** Asked at every collection. */
  status(): FeedStatus;
}

/** Counts what happens in one feed. */
export interface FeedObserver {
  roundStarted(): void;
  roundEnded(outcome: RoundOutcome, phase: string, seconds: number): void;
  /** Something failed that belongs to no round. */
  failed(phase: string): void;
  /** The feed's plugin reported an error. */
  errorReported(): void;
  /** An observation is done: how many of the price sources answered in time. */
  sourcesAnswered(count: number): void;
  task(pipeline: string, type: string, outcome: (typeof taskOutcomes)[number], seconds: number): void;
}

export interface FeedMetrics {
  /** Feeds are not removed: they exist as long as their node. */
  add(feed: WatchedFeed): FeedObserver;
}

export function createFeedMetrics(registers: Registry[]): FeedMetrics {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const feeds: WatchedFeed[] = [];

  const info = gauge(
    "loopp_feed_info",
    "1, with the feed's job, its contract, and the plugin that serves its chain.",
    ...(["feed", "job_name", "contract", "relayer"] as const),
  );
  const state = new Gauge({
    name: "loopp_feed_state",
    help: "1 for the state that the feed is in, 0 for the others.",
    labelNames: ["feed", "state"],
    registers,
    // The first of the four that a collection asks.
    collect: () => feeds.forEach(show),
  });
  const transmission = gauge(
    "loopp_feed_last_transmission_time_seconds",
    "When the feed's last report was transmitted, since unix epoch in seconds; absent before the first.",
    "feed",
  );
  const age = gauge(
    "loopp_feed_last_transmission_age_seconds",
    "Time since the feed's last report was transmitted; absent before the first.",
    "feed",
  );
  const limit = gauge(
    "loopp_feed_freshness_limit_seconds",
    "Age of the last transmission from which the feed is stalled; absent where it has none, and before a config is in force.",
    "feed",
  );
  const started = counter("loopp_feed_rounds_started_total", "Rounds that have begun.", "feed");
  const rounds = counter(
    "loopp_feed_rounds_total",
    "Rounds that are over, by outcome and by the phase that they ended in.",
    ...(["feed", "outcome", "phase"] as const),
  );
  const roundDuration = new Histogram({
    name: "loopp_feed_round_duration_seconds",
    help: "How long rounds took, from their begin to their end.",
    labelNames: ["feed"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const failures = counter(
    "loopp_feed_failures_total",
    "What failed outside of rounds: reading or using a config, the store, or making the reporting plugin.",
    ...(["feed", "phase"] as const),
  );
  const reported = counter(
    "loopp_feed_reported_errors_total",
    "Errors that the feed's plugin reported to the node.",
    "feed",
  );
  const asked = gauge("loopp_feed_sources", "Price sources that an observation asks.", "feed");
  const answered = gauge(
    "loopp_feed_sources_answered",
    "Price sources that answered in the last observation; absent before the first.",
    "feed",
  );
  const tasks = counter(
    "loopp_feed_tasks_total",
    "Tasks of the feed's pipelines that are done, by what the pipeline is for, the task's type and its outcome.",
    ...(["feed", "pipeline", "type", "outcome"] as const),
  );
  const taskDuration = new Histogram({
    name: "loopp_feed_task_duration_seconds",
    help: "How long tasks took, with all attempts; without those whose input failed.",
    labelNames: ["feed", "pipeline", "type"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });

  function show({ name: feed, status }: WatchedFeed): void {
    const now = status();
    for (const one of feedStates) state.set({ feed, state: one }, one === now.state ? 1 : 0);
    const seconds = [
      [transmission, now.lastTransmission],
      [age, now.transmissionAgeMs],
      [limit, now.freshnessLimitMs],
    ] as const;
    for (const [metric, ms] of seconds) {
      if (ms === undefined) metric.remove({ feed });
      else metric.set({ feed }, ms / 1000);
    }
  }

  return {
    add(watched) {
      const { name: feed } = watched;
      feeds.push(watched);
      info.set({ feed, job_name: watched.job, contract: watched.contract, relayer: watched.relayer }, 1);
      started.inc({ feed }, 0);
      for (const [outcome, phases] of Object.entries(roundEnds)) {
        for (const phase of phases) rounds.inc({ feed, outcome, phase }, 0);
      }
      for (const phase of otherPhases) failures.inc({ feed, phase }, 0);
      reported.inc({ feed }, 0);
      roundDuration.zero({ feed });
      asked.set({ feed }, watched.sources);
      const known = new Set<string>();
      const know = (pipeline: string, type: string) => {
        if (known.has(`${pipeline}/${type}`)) return;
        known.add(`${pipeline}/${type}`);
        for (const outcome of taskOutcomes) tasks.inc({ feed, pipeline, type, outcome }, 0);
        taskDuration.zero({ feed, pipeline, type });
      };
      for (const { pipeline, type } of watched.tasks) know(pipeline, type);
      return {
        roundStarted: () => started.inc({ feed }),
        roundEnded(outcome, phase, seconds) {
          rounds.inc({ feed, outcome, phase });
          roundDuration.observe({ feed }, seconds);
        },
        failed: (phase) => failures.inc({ feed, phase }),
        errorReported: () => reported.inc({ feed }),
        sourcesAnswered: (count) => answered.set({ feed }, count),
        task(pipeline, type, outcome, seconds) {
          know(pipeline, type);
          tasks.inc({ feed, pipeline, type, outcome });
          if (outcome !== "input-failed") taskDuration.observe({ feed, pipeline, type }, seconds);
        },
      };
    },
  };
}
