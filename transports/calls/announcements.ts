/** What one side of a broker has announced to the other: dialling waits for it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { defaultDialTimeoutMs } from "../broker.ts";
import { longestTimerMs } from "../time/clock.ts";
import { abortReason } from "./iterables.ts";

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
    find(id, timeoutMs = defaultDialTimeoutMs) {
      const known = announced.get(id);
      if (over.aborted) return Promise.reject(abortReason(over));
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const waiters = waiting.get(id) ?? new Set();
        waiting.set(id, waiters);
        const settle = () => {
          clearTimeout(timer);
          over.removeEventListener("abort", onOver);
          waiters.delete(found);
          if (waiters.size === 0 && waiting.get(id) === waiters) waiting.delete(id);
        };
        const found = (what: T) => {
          settle();
          resolve(what);
        };
        const onOver = () => {
          settle();
          reject(abortReason(over));
        };
        const timer = setTimeout(
          () => {
            settle();
            reject(
              new ConnectError(
                `cannot dial brokered connection ${id}: timeout waiting for connection info (${timeoutMs} ms)`,
                Code.Unavailable,
              ),
            );
          },
          Math.min(timeoutMs, longestTimerMs),
        );
        over.addEventListener("abort", onOver, { once: true });
        waiters.add(found);
      });
    },
  };
}
