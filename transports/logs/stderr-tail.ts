/**
 * The last lines that a plugin wrote to its standard error: what an operator wants to see of a crash. Where Go says what it dies
 * of, with the stacks of all its goroutines behind, that line stays, too.
 */
import type { LogEntry } from "../plugin.ts";

export interface StderrTail {
  add(line: string): void;
  /** Takes from a log what counts as standard error. */
  note(entry: LogEntry): void;
  lines(): readonly string[];
}

export function createStderrTail(capacity = 20): StderrTail {
  const lines: string[] = [];
  let cause: string | undefined;
  const add = (line: string) => {
    lines.push(line);
    if (lines.length <= capacity) return;
    const [gone = ""] = lines.splice(0, 1);
    if (/^(panic|fatal error): /.test(gone)) cause = gone;
  };
  return {
    add,
    note({ source, level, message }) {
      if (source === "stderr" || (source === "console" && (level === "warn" || level === "error"))) add(message);
    },
    lines: () => (cause === undefined ? [...lines] : [cause, ...lines.slice(1)]),
  };
}
