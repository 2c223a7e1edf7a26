/** Reports what happens in a feed to an observer, such as the node's metrics. */
import type { JobSpec } from "../../jobs/types.ts";
import type { FeedMetrics } from "../../observability/feed-metrics.ts";
import type { OracleEngine } from "../../ocr2/oracle/engine.ts";
import { outcomeOf, type PipelineRun } from "../../pipeline/run.ts";
import type { PipelineUse, Product } from "../products/product.ts";
import { answeredIn, type Round, sourcesOf } from "./rounds.ts";
import type { FeedWatch } from "./status.ts";

export interface FeedObservation extends Disposable {
  /** Must be called after each run of one of the job's pipelines. */
  onRun(use: PipelineUse, run: PipelineRun): void;
  /** Must be called when the feed's plugin reports an error to the node. */
  onReportedError(): void;
  /** Must be called after each round. */
  onRound(round: Round): void;
}

export interface FeedObservationOptions {
  readonly job: Pick<JobSpec, "name" | "plugin" | "relayer" | "contractId">;
  readonly product: Pick<Product, "pipelines">;
  /** Not started yet. */
  readonly engine: Pick<OracleEngine, "subscribe">;
  readonly watch: Pick<FeedWatch, "status">;
  readonly metrics: FeedMetrics;
}

export function observeFeed({ job, product, engine, watch, metrics }: FeedObservationOptions): FeedObservation {
  const sources = sourcesOf(product.pipelines.observation);
  const observer = metrics.add({
    name: job.plugin,
    job: job.name,
    relayer: job.relayer,
    contract: job.contractId,
    sources: sources.length,
    tasks: Object.entries(product.pipelines).flatMap(([pipeline, { tasks }]) =>
      tasks.map(({ type }) => ({ pipeline, type })),
    ),
    status: () => watch.status,
  });
  const unsubscribe = engine.subscribe((event) => {
    if (event.type === "round-started") observer.roundStarted();
    else if (event.type === "config-refused") observer.failed("config");
    else if (event.type === "failed" && event.timestamp === undefined) observer.failed(event.phase);
  });
  return {
    onRun(use, run) {
      for (const [name, task] of run.tasks) {
        observer.task(use, task.type, outcomeOf(name, task), task.durationMs / 1000);
      }
      if (use === "observation") observer.sourcesAnswered(answeredIn(run, sources).length);
    },
    onReportedError: () => observer.errorReported(),
    onRound({ outcome, phase, durationMs }) {
      const isDeclined = outcome !== "transmitted" && outcome !== "failed";
      observer.roundEnded(isDeclined ? "declined" : outcome, phase, durationMs / 1000);
    },
    [Symbol.dispose]: unsubscribe,
  };
}
