/**
 * Long answers on their way to clients. They are sent in pieces, each when the one before it has been sent, so that a client that does not
 * read costs one piece beside the answer; and all answers that are not read to their end share one limit.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Long enough to be sent at full speed. */
export const pieceBytes = 64 * 1024;

export function* pieces(body: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
}

export interface HeldAnswers {
  /**
   * Counts an answer for as long as it has readers. Where all of them together are too long, readers of the oldest are ended.
   * @param body may have several readers, and counts once
   * @param end ends this reader
   * @returns call it when the reader is done
   */
  hold(body: Uint8Array, end: () => void): () => void;
}

/** @param maxBytes of all answers together. The newest one is never ended, however long it is. @default 64 MiB */
export function createHeldAnswers(maxBytes = 64 * 1024 * 1024): HeldAnswers {
  /** The readers of each, the oldest first. */
  const readers = new Map<Uint8Array, Set<() => void>>();
  let heldBytes = 0;

  function release(body: Uint8Array, ends: Set<() => void>): void {
    // It may have been ended meanwhile, and have new readers.
    if (readers.get(body) !== ends) return;
    readers.delete(body);
    heldBytes -= body.length;
  }

  return {
    hold(body, end) {
      const ends = readers.get(body) ?? new Set<() => void>();
      if (ends.size === 0) heldBytes += body.length;
      readers.set(body, ends.add(end));
      for (const [oldest, itsEnds] of readers) {
        if (heldBytes <= maxBytes || oldest === body) break;
        release(oldest, itsEnds);
        for (const endReader of itsEnds) endReader();
      }
      return () => {
        ends.delete(end);
        if (ends.size === 0) release(body, ends);
      };
    },
  };
}

/** Holds an answer until it has been sent, or its connection has ended, and ends the connection where it is the one to be ended. */
export function holdUntilSent(held: HeldAnswers, body: Uint8Array, socket: Socket, answer: ServerResponse): void {
  const release = held.hold(body, () => socket.resetAndDestroy());
  // Deno does not report the end of the connection to an answer that waits for the one before it.
  const onClose = () => {
    for (const emitter of [socket, answer]) emitter.off("close", onClose);
    release();
  };
  for (const emitter of [socket, answer]) emitter.once("close", onClose);
}
