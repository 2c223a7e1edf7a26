/** What one side of a broker has announced to the other: dialling waits for it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { defaultDialTimeoutMs } from "../broker.ts";
import { withDeadline } from "../time/deadline.ts";
import { checkTimeout } from "./errors.ts";
import { abortReason, untilAbortedOnce } from "./iterables.ts";

export interface Announcements<T> {
  /** What is announced under this id. */
  get(id: number): T | undefined;
  /** Under an id that is announced already, it takes the place of what was. */
  announce(id: number, what: T): void;
  retract(id: number): void;
  /** The next few ids of an endless round over all of them, for a check whether they are still served. */
  next(count: number): number[];
  /** @throws ConnectError Unavailable when nothing is announced in time, or `over` aborts */
  find(id: number, timeoutMs?: number): Promise<T>;
}

/**
 * Each announcement costs the same, however many there are.
 * @param over ends every wait
 * @param capacity announcements kept at most; the oldest is forgotten first, so that a peer cannot fill the memory
 */
export function createAnnouncements<T>(over: AbortSignal, capacity = 16_384): Announcements<T> {
  const announced = new Map<number, T>();
  const waiting = new Map<number, Set<(what: T) => void>>();
  /** Where the round is. It is kept, because a new iterator first passes over the slots of all entries removed from the front. */
  let round = announced.keys();
  let oldest = announced.keys();

  function forgetOldest(): void {
    let { value, done } = oldest.next();
    if (done) {
      oldest = announced.keys();
      ({ value, done } = oldest.next());
    }
    if (value !== undefined) announced.delete(value);
  }

  return {
    get: (id) => announced.get(id),
    announce(id, what) {
      if (!announced.has(id) && announced.size >= capacity) forgetOldest();
      announced.set(id, what);
      const waiters = waiting.get(id);
      waiting.delete(id);
      for (const found of waiters ?? []) found(what);
    },
    retract(id) {
      announced.delete(id);
    },
    next(count) {
      const ids: number[] = [];
      while (ids.length < count) {
        const { value, done } = round.next();
        if (done) {
          round = announced.keys();
          break;
        }
        ids.push(value);
      }
      return ids;
    },
    async find(id, timeoutMs = defaultDialTimeoutMs) {
      if (over.aborted) throw abortReason(over);
      checkTimeout(timeoutMs);
      const known = announced.get(id);
      if (known !== undefined) return known;
      const { promise: found, resolve } = Promise.withResolvers<T>();
      const waiters = waiting.get(id) ?? new Set();
      waiting.set(id, waiters);
      waiters.add(resolve);
      const late = () =>
        new ConnectError(
          `cannot dial brokered connection ${id}: timeout waiting for connection info (${timeoutMs} ms)`,
          Code.Unavailable,
        );
      try {
        return await withDeadline({ timeoutMs, late, signal: over }, (signal) => untilAbortedOnce(found, signal));
      } finally {
        waiters.delete(resolve);
        if (waiters.size === 0 && waiting.get(id) === waiters) waiting.delete(id);
      }
    },
  };
}
