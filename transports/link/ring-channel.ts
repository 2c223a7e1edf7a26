/**
 * A channel between two threads. Short chunks go through shared memory, long ones over a port, which hands them over without a copy; so do
 * control messages, which are few. For a short chunk something goes over the port only where its reader sleeps, to wake it.
 */
import type { MessagePort } from "node:worker_threads";
import { asError } from "../../src/values/error-text.ts";
import { createQueue } from "../../src/values/queue.ts";
import { takeTurn } from "../time/turn.ts";
import type { Channel, ChannelListener } from "./channel.ts";
import { createRing, createRingReader, createRingWriter, elsewhere } from "./ring.ts";

/** The shared memory, one for each direction. */
export interface Rings {
  readonly toHost: SharedArrayBuffer;
  readonly toGuest: SharedArrayBuffer;
}

/** More than a reader takes in one turn of its loop. */
const ringBytes = 128 * 1024;
/** From here on, to wake the reader costs less than to copy a chunk twice. */
const longChunkBytes = 16 * 1024;
/** So often a reader looks again, a turn of its loop later each, before it sleeps: to be woken costs both sides more than a call does. */
const mostLooks = 2;
/** Goes over the port to wake a reader that waits for chunks, or a writer that waits for room. */
const bell = 1;

export function createRings(): Rings {
  return { toHost: createRing(ringBytes), toGuest: createRing(ringBytes) };
}

export function createRingChannel(port: MessagePort, side: "host" | "guest", { toHost, toGuest }: Rings): Channel {
  const [incoming, outgoing] = side === "host" ? [toHost, toGuest] : [toGuest, toHost];
  const ring = () => port.postMessage(bell);
  const reader = createRingReader(incoming, { maxBytes: longChunkBytes, wake: ring });
  /** Whether the reader is woken by something else that goes over the port. */
  let isWoken = false;
  const writer = createRingWriter(outgoing, () => {
    if (!isWoken) ring();
  });
  let listener: ChannelListener | undefined;
  /** Long chunks that have come, and whose turn it is not yet. */
  const arrived = createQueue<Uint8Array>();
  /** Whether a long chunk is next that has not come yet. */
  let isAwaited = false;
  let isPaused = false;
  /** How often it has looked for more since it found something. */
  let looks = 0;
  let isLooking = false;
  let onWritten = () => {};

  /** Does something with the shared memory. What the peer has made of it is told to the listener. */
  function attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      listener?.onClose(asError(error));
      return undefined;
    }
  }

  function next(): Uint8Array | undefined {
    const record = isAwaited ? elsewhere : attempt(reader.read);
    if (record !== elsewhere) return record;
    const chunk = arrived.take();
    isAwaited = chunk === undefined;
    return chunk;
  }

  /** Hands on the chunks that are there, and leaves the loop a turn after so many. */
  function read(): void {
    if (isPaused) return;
    for (;;) {
      const chunk = next();
      if (chunk !== undefined) {
        looks = 0;
        listener?.onMessage(chunk);
      } else if (isAwaited || looksAgain() || attempt(reader.sleep) !== false) return;
      const turn = takeTurn();
      if (turn === undefined) continue;
      isPaused = true;
      void turn.then(() => {
        isPaused = false;
        read();
      });
      return;
    }
  }

  /** Whether it looks once more before it sleeps. */
  function looksAgain(): boolean {
    if (isLooking) return true;
    if (looks === mostLooks) return false;
    looks++;
    isLooking = true;
    setImmediate(() => {
      isLooking = false;
      read();
    });
    return true;
  }

  /** Hands on what is there when the peer writes no more, which is no more than the ring holds whatever the peer does. */
  function readRest(): void {
    for (let left = ringBytes; left > 0; ) {
      const chunk = next();
      if (chunk === undefined) break;
      left -= chunk.length + 1;
      listener?.onMessage(chunk);
    }
  }

  function resume(): void {
    attempt(writer.resume);
    if (writer.isIdle) onWritten();
  }

  return {
    post(message) {
      if (!(message instanceof Uint8Array)) port.postMessage(message);
      else if (message.length < longChunkBytes) attempt(() => writer.write(message));
      else {
        isWoken = true;
        attempt(() => writer.write(elsewhere));
        isWoken = false;
        port.postMessage(message.buffer, [message.buffer]);
      }
    },
    listen(to) {
      listener = to;
      port.on("message", (message) => {
        const isChunk = message instanceof ArrayBuffer;
        if (isChunk) arrived.push(new Uint8Array(message));
        else if (message === bell) resume();
        // Before a control message come the chunks that were posted before it.
        read();
        if (!isChunk && message !== bell) to.onMessage(message);
      });
      read();
    },
    async close() {
      readRest();
      // A host closes when its guest is gone.
      if (side === "guest" && !writer.isIdle) {
        await new Promise<void>((resolve) => {
          onWritten = resolve;
        });
      }
      port.close();
    },
  };
}
