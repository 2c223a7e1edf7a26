/** The last lines that a plugin wrote to its standard error: what an operator wants to see of a crash. */
import type { LogEntry } from "./plugin.ts";

export interface StderrTail {
  add(line: string): void;
  /** Takes from a log what counts as standard error. */
  note(entry: LogEntry): void;
  lines(): readonly string[];
}

export function createStderrTail(capacity = 20): StderrTail {
  const lines: string[] = [];
  const add = (line: string) => {
    lines.push(line);
    if (lines.length > capacity) lines.shift();
  };
  return {
    add,
    note({ source, level, message }) {
      if (source === "stderr" || (source === "console" && (level === "warn" || level === "error"))) add(message);
    },
    lines: () => [...lines],
  };
}
