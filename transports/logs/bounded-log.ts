/**
 * A plugin's log on its way to a host that may be slower. What the way does not take at once waits here, up to a limit; what is over
 * it is dropped and counted. The plugin never waits, and what is not read costs it no memory.
 */
import type { LogEntry } from "../plugin.ts";

export interface BoundedLog {
  add(entry: LogEntry): void;
  /** The way takes more. */
  resume(): void;
  /** The last chance: what waits, of a flood the end of it. */
  takeWaiting(): readonly LogEntry[];
}

export interface BoundedLogOptions {
  readonly maxLines: number;
  /** Of the messages that wait. */
  readonly maxChars: number;
  /** How much of a flood is worth telling at the end. */
  readonly lastLines: number;
  /** Sends an entry; false when the way has enough, until {@link BoundedLog.resume}. */
  send(entry: LogEntry): boolean;
}

export function createBoundedLog({ maxLines, maxChars, lastLines, send }: BoundedLogOptions): BoundedLog {
  let waiting: LogEntry[] = [];
  let next = 0;
  let waitingChars = 0;
  let dropped = 0;
  let full = false;

  function takeNote(): LogEntry[] {
    if (dropped === 0) return [];
    const message = `${dropped} lines were dropped: they came faster than the host takes them`;
    dropped = 0;
    return [{ level: "warn", message, time: Date.now(), fields: {}, source: "log" }];
  }

  function empty(): void {
    waiting = [];
    next = 0;
    waitingChars = 0;
  }

  return {
    add(entry) {
      const isOver = waiting.length - next >= maxLines || waitingChars + entry.message.length > maxChars;
      if (!full && dropped === 0 && waiting.length === 0) {
        full = !send(entry);
      } else if (dropped > 0 || isOver) {
        // Once some are dropped, so is all that comes before the gap can be told: lines stay in their order.
        dropped++;
      } else {
        waiting.push(entry);
        waitingChars += entry.message.length;
      }
    },
    resume() {
      full = false;
      for (; !full && next < waiting.length; next++) {
        const entry = waiting[next] as LogEntry;
        waitingChars -= entry.message.length;
        full = !send(entry);
      }
      if (next < waiting.length) return;
      empty();
      if (!full) for (const note of takeNote()) full = !send(note);
    },
    takeWaiting() {
      const last = Math.max(next, waiting.length - lastLines);
      dropped += last - next;
      // The note before the end of the flood, so that its last line is the last.
      const entries = [...takeNote(), ...waiting.slice(last)];
      empty();
      return entries;
    },
  };
}
