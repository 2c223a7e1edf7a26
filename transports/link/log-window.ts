/**
 * A plugin's log over a link: so many lines are under way at a time, so that the host is never asked to take more at once than it
 * can without holding up everything else.
 */
import { createBoundedLog } from "../logs/bounded-log.ts";
import type { LogEntry } from "../plugin.ts";

export interface LogWindow {
  add(entry: LogEntry): void;
  /** The host has taken so many. */
  onTaken(count: number): void;
  /** The last chance: sends what waits, of a flood the end of it. */
  finish(): void;
}

/** How many lines are taken between two words of it. */
export const takenStep = 16;
const windowLines = 4 * takenStep;

export function createLogWindow(send: (entry: LogEntry) => void): LogWindow {
  let underWay = 0;
  const lines = createBoundedLog({
    maxLines: 20_000,
    maxChars: 16 * 1024 * 1024,
    lastLines: windowLines,
    send(entry) {
      send(entry);
      return ++underWay < windowLines;
    },
  });
  return {
    add: lines.add,
    onTaken(count) {
      underWay = Math.max(0, underWay - count);
      lines.resume();
    },
    finish: () => lines.takeWaiting().forEach(send),
  };
}
