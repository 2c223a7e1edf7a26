/** What comes over a channel, of which only so much is read in one turn of the loop; the rest waits, in its order. */
import { createQueue } from "../../src/values/queue.ts";
import { takeTurn } from "../time/turn.ts";

export interface Intake {
  /** Reads a message, now or when those before it have been read. */
  add(message: unknown): void;
  /** Reads all that waits now: there is no later. */
  finish(): void;
}

/**
 * @param begin begins to read a message: reads it piece by piece where it returns something, and has read it where it does not
 * @param onError told of what either throws; the pieces after it are not read
 */
export function createIntake(
  begin: (message: unknown) => Iterator<unknown> | undefined,
  onError: (error: unknown) => void,
): Intake {
  const waiting = createQueue<unknown>();
  let pieces: Iterator<unknown> | undefined;
  let paused = false;

  function read(isLast: boolean): void {
    try {
      while (pieces !== undefined || waiting.length > 0) {
        pieces ??= begin(waiting.take());
        if (pieces?.next().done) pieces = undefined;
        const turn = isLast ? undefined : takeTurn();
        if (turn === undefined) continue;
        paused = true;
        void turn.then(goOn);
        return;
      }
    } catch (error) {
      pieces = undefined;
      onError(error);
    }
  }

  function goOn(): void {
    paused = false;
    read(false);
  }

  return {
    add(message) {
      waiting.push(message);
      if (!paused) read(false);
    },
    finish: () => read(true),
  };
}
