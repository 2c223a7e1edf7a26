/** The errors of a pipeline's text and of its runs. */

export interface PipelineMistake {
  /** The line in the pipeline's text, from 1. */
  readonly line: number;
  /** One sentence. */
  readonly message: string;
}

/** A pipeline that cannot be used, with every mistake that was found, in the order of the text. */
export class PipelineError extends SyntaxError {
  override readonly name = "PipelineError";
  readonly mistakes: readonly PipelineMistake[];

  constructor(mistakes: readonly PipelineMistake[]) {
    const sorted = mistakes.toSorted((a, b) => a.line - b.line);
    super(sorted.map(({ line, message }) => `line ${line}: ${message}`).join("\n"));
    this.mistakes = sorted;
  }
}

/** The failure of a task, or of a task whose input failed. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  /** The task that failed first. */
  readonly task: string;
  /** Whether the task may succeed when it is tried again. */
  readonly retryable: boolean;

  constructor(task: string, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(`Task "${task}" failed: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.task = task;
    this.retryable = options.retryable ?? false;
  }
}
