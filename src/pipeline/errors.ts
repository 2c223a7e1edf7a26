/** What can be wrong with a pipeline: its text, and one run of it. */

export interface PipelineMistake {
  /** In the pipeline's own text, from 1. */
  readonly line: number;
  /** One sentence. */
  readonly message: string;
}

/** A pipeline that cannot be used. It holds every mistake that was found, in the order of the text. */
export class PipelineError extends SyntaxError {
  override readonly name = "PipelineError";
  readonly mistakes: readonly PipelineMistake[];

  constructor(mistakes: readonly PipelineMistake[]) {
    const sorted = mistakes.toSorted((a, b) => a.line - b.line);
    super(sorted.map(({ line, message }) => `line ${line}: ${message}`).join("\n"));
    this.mistakes = sorted;
  }
}

/** A task that failed, or one that had nothing to work on because that task failed. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  /** The task in which it went wrong. */
  readonly task: string;
  /** Whether the same task may succeed when it is tried again. */
  readonly retryable: boolean;

  constructor(task: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(`Task "${task}" failed: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.task = task;
    this.retryable = options.retryable ?? false;
  }
}
