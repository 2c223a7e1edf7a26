/**
 * The plugin's log on its way to the host by standard error. Runtimes keep what a slow host has not taken in memory without end, so
 * the lines wait here, up to a limit; what is over it is dropped and counted. The plugin never waits.
 */
export interface StderrLog {
  add(line: string): void;
  /** The stream takes more. */
  onDrain(): void;
  /** The last chance: what waits, of a flood the end of it. Nothing is kept after it. */
  takeWaiting(): readonly string[];
}

const maxWaitingChars = 4 * 1024 * 1024;
/** How much of a flood is worth waiting for at the end. */
const lastLines = 64;

/**
 * @param write hands a line to the stream; false when it has enough
 * @param noteOf the line that tells how many were dropped
 */
export function createStderrLog(write: (line: string) => boolean, noteOf: (dropped: number) => string): StderrLog {
  let waiting: string[] = [];
  let next = 0;
  let waitingChars = 0;
  let dropped = 0;
  let full = false;

  function takeNote(): string[] {
    const note = dropped === 0 ? [] : [noteOf(dropped)];
    dropped = 0;
    return note;
  }

  return {
    add(line) {
      if (!full && dropped === 0) {
        full = !write(line);
      } else if (dropped > 0 || waitingChars + line.length > maxWaitingChars) {
        // Once some are dropped, so is all that comes before the gap can be told: lines stay in their order.
        dropped++;
      } else {
        waiting.push(line);
        waitingChars += line.length;
      }
    },
    onDrain() {
      full = false;
      for (; !full && next < waiting.length; next++) {
        const line = waiting[next] ?? "";
        waitingChars -= line.length;
        full = !write(line);
      }
      if (next < waiting.length) return;
      waiting = [];
      next = 0;
      for (const note of takeNote()) full = !write(note);
    },
    takeWaiting() {
      const last = Math.max(next, waiting.length - lastLines);
      dropped += last - next;
      const lines = [...takeNote(), ...waiting.slice(last)];
      waiting = [];
      next = 0;
      waitingChars = 0;
      return lines;
    },
  };
}
