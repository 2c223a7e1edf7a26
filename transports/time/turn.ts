/** Turns of the event loop, which all that works through a backlog leaves to others now and then. */

/** So many pieces of work take a few milliseconds at most, whichever they are. */
const mostPerTurn = 256;

let done = 0;
let nextTurn: Promise<void> | undefined;

/**
 * Counts a piece of work of this thread, such as a message that is handed on. `undefined` where it may be done at once, else a promise of
 * the loop's next turn: work that only waits for promises would hold timers and sockets for as long as there is more of it.
 */
export function takeTurn(): Promise<void> | undefined {
  if (nextTurn !== undefined) return nextTurn;
  if (++done < mostPerTurn) return undefined;
  nextTurn = new Promise((resolve) => {
    setImmediate(() => {
      done = 0;
      nextTurn = undefined;
      resolve();
    });
  });
  return nextTurn;
}
