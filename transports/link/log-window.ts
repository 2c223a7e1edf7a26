/**
 * A plugin's log over a link: so many lines are under way at a time, so that the host is never asked to take more at once than it
 * can without holding up everything else.
 */
import { createBoundedLog, droppedEntry } from "../logs/bounded-log.ts";
import { type PlainEntry, plainEntry } from "../logs/plain-entry.ts";
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
  const lines = createBoundedLog<PlainEntry>({
    maxLines: 20_000,
    maxChars: 16 * 1024 * 1024,
    lastLines: windowLines,
    charsOf: ({ chars }) => chars,
    noteOf: (dropped) => plainEntry(droppedEntry(dropped)),
    send({ entry }) {
      send(entry);
      return ++underWay < windowLines;
    },
  });
  return {
    // Cut before it waits: a line is as long as one on a pipe, whatever the plugin makes of it.
    add: (entry) => lines.add(plainEntry(entry)),
    onTaken(count) {
      underWay = Math.max(0, underWay - count);
      lines.resume();
    },
    finish: () => {
      for (const { entry } of lines.takeWaiting()) send(entry);
    },
  };
}
