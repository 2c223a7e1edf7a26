/**
 * Lines on their way to a reader that may be slower. What the way does not take at once waits here, up to a limit; what is over it is
 * dropped and counted. What writes never waits, and what is not read costs it no memory.
 */
import { createQueue } from "../../src/values/queue.ts";
import type { LogEntry } from "../plugin.ts";

export interface BoundedLog<Line> {
  add(line: Line): void;
  /** The way takes more. */
  resume(): void;
  /** The last chance: what waits, of a flood the end of it. */
  takeWaiting(): readonly Line[];
}

export interface BoundedLogOptions<Line> {
  readonly maxLines: number;
  /** Of the lines that wait. */
  readonly maxChars: number;
  /** How much of a flood is worth telling at the end. */
  readonly lastLines: number;
  /** How long a line is, with all that is in it. */
  charsOf(line: Line): number;
  /** The line that tells how many were dropped. */
  noteOf(dropped: number): Line;
  /** Sends a line; false when the way has enough, until {@link BoundedLog.resume}. */
  send(line: Line): boolean;
}

export function createBoundedLog<Line>(options: BoundedLogOptions<Line>): BoundedLog<Line> {
  const { maxLines, maxChars, lastLines, charsOf, noteOf, send } = options;
  const waiting = createQueue<Line>();
  let waitingChars = 0;
  let dropped = 0;
  let full = false;

  function takeNote(): Line[] {
    if (dropped === 0) return [];
    const note = noteOf(dropped);
    dropped = 0;
    return [note];
  }

  return {
    add(line) {
      if (!full && dropped === 0 && waiting.length === 0) {
        full = !send(line);
        return;
      }
      const chars = charsOf(line);
      const isOver = waiting.length >= maxLines || waitingChars + chars > maxChars;
      if (dropped > 0 || isOver) {
        // Once some are dropped, so is all that comes before the gap can be told: lines stay in their order.
        dropped++;
      } else {
        waiting.push(line);
        waitingChars += chars;
      }
    },
    resume() {
      full = false;
      while (!full && waiting.length > 0) {
        const line = waiting.take() as Line;
        waitingChars -= charsOf(line);
        full = !send(line);
      }
      if (!full) for (const note of takeNote()) full = !send(note);
    },
    takeWaiting() {
      const all = waiting.takeAll();
      waitingChars = 0;
      const last = Math.max(0, all.length - lastLines);
      dropped += last;
      // The note before the end of the flood, so that its last line is the last.
      return [...takeNote(), ...all.slice(last)];
    },
  };
}

/** The note in a plugin's own log. */
export function droppedEntry(dropped: number): LogEntry {
  const message = `${dropped} lines were dropped: they came faster than the host takes them`;
  return { level: "warn", message, time: Date.now(), fields: {}, source: "log" };
}
