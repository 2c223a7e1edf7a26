/**
 * How fast the host takes what a plugin prints: a piece, then a pause in which everything else has its turn. A plugin that prints
 * faster waits at its pipe, or loses what it prints and says how much (see stdio.ts); the host's memory and its loop are not
 * touched by it.
 */
import { sleep } from "../time/sleep.ts";

export interface Pace {
  /** Counts what was taken; `undefined` where more may be taken at once, else a promise of when. */
  take(bytes: number): Promise<void> | undefined;
}

const pieceBytes = 64 * 1024;
const pauseMs = 5;

export function createPace(): Pace {
  let taken = 0;
  return {
    take(bytes) {
      taken += bytes;
      if (taken < pieceBytes) return undefined;
      taken = 0;
      return sleep(pauseMs);
    },
  };
}
