/**
 * What a plugin logs, on its way to a host that may be slower: so many lines are under way at a time, some more wait here, and
 * what comes beyond is dropped and counted. The plugin never waits, and its host is never asked to take more at once than it can
 * without holding up everything else.
 */
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
const maxWaitingLines = 20_000;
const maxWaitingChars = 16 * 1024 * 1024;

export function createLogWindow(send: (entry: LogEntry) => void): LogWindow {
  let waiting: LogEntry[] = [];
  let next = 0;
  let waitingChars = 0;
  let underWay = 0;
  let dropped = 0;

  function sendOne(entry: LogEntry): void {
    underWay++;
    send(entry);
  }

  function sendWaiting(): void {
    for (; underWay < windowLines && next < waiting.length; next++) {
      const entry = waiting[next] as LogEntry;
      waitingChars -= entry.message.length;
      sendOne(entry);
    }
    if (next < waiting.length) return;
    waiting = [];
    next = 0;
    if (dropped > 0 && underWay < windowLines) tellDropped();
  }

  function tellDropped(): void {
    const message = `${dropped} lines were dropped: they came faster than the host takes them`;
    dropped = 0;
    sendOne({ level: "warn", message, time: Date.now(), fields: {}, source: "log" });
  }

  return {
    add(entry) {
      if (dropped === 0 && waiting.length === 0 && underWay < windowLines) return sendOne(entry);
      // Once some are dropped, so is all that comes before the gap can be told: lines stay in their order.
      const full = waiting.length - next >= maxWaitingLines || waitingChars + entry.message.length > maxWaitingChars;
      if (dropped > 0 || full) {
        dropped++;
        return;
      }
      waiting.push(entry);
      waitingChars += entry.message.length;
    },
    onTaken(count) {
      underWay = Math.max(0, underWay - count);
      sendWaiting();
    },
    finish() {
      const last = Math.max(next, waiting.length - windowLines);
      // Before the end of the flood, so that its last line is the last.
      dropped += last - next;
      next = last;
      if (dropped > 0) tellDropped();
      underWay = Number.NEGATIVE_INFINITY;
      sendWaiting();
      underWay = 0;
    },
  };
}
