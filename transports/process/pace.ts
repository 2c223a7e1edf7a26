/**
 * How fast the host takes what a plugin prints: a piece, then a pause in which everything else has its turn. A piece is so many bytes,
 * or less of what takes the host long. A plugin that prints faster waits at its pipe, or loses what it prints and says how much (see
 * stdio.ts); the host's memory and its loop are not touched by it.
 */
import { sleep } from "../time/sleep.ts";

export interface Pace {
  /** Takes so many bytes by `work`; `undefined` where more may be taken at once, else a promise of when. */
  take(bytes: number, work: () => void): Promise<void> | undefined;
}

const pieceBytes = 64 * 1024;
const pieceMs = 5;
const pauseMs = 5;

export function createPace(): Pace {
  let taken = 0;
  let spent = 0;
  return {
    take(bytes, work) {
      const began = performance.now();
      work();
      taken += bytes;
      spent += performance.now() - began;
      if (taken < pieceBytes && spent < pieceMs) return undefined;
      // As long as the piece took: never more than half of the loop's time.
      const pause = sleep(Math.max(pauseMs, spent));
      taken = 0;
      spent = 0;
      return pause;
    },
  };
}
