/** What one side of a broker has announced to the other: dialling waits for it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { defaultDialTimeoutMs } from "../broker.ts";
import { withDeadline } from "../time/deadline.ts";
import { checkTimeout } from "./errors.ts";
import { abortReason, untilAbortedOnce } from "./iterables.ts";

export interface Announcements<T> {
  announce(id: number, what: T): void;
  retract(id: number): void;
  /** @throws ConnectError Unavailable when nothing is announced in time, or `over` aborts */
  find(id: number, timeoutMs?: number): Promise<T>;
}

/**
 * @param over ends every wait
 * @param capacity announcements kept at most; the oldest is forgotten first, so that a peer cannot fill the memory
 */
export function createAnnouncements<T>(over: AbortSignal, capacity = 65_536): Announcements<T> {
  const announced = new Map<number, T>();
  const waiting = new Map<number, Set<(what: T) => void>>();
  return {
    announce(id, what) {
      announced.set(id, what);
      if (announced.size > capacity) {
        for (const oldest of announced.keys()) {
          announced.delete(oldest);
          break;
        }
      }
      const waiters = waiting.get(id);
      waiting.delete(id);
      for (const found of waiters ?? []) found(what);
    },
    retract(id) {
      announced.delete(id);
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
