/**
 * The connections of one caller: opened by the first call, opened again by the next call after it broke, or when the peer might soon be
 * tired of it.
 */
import type { Duplex } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { asConnectError } from "../calls/connect-error.ts";
import { connectHttp2 } from "../http2/client.ts";
import type { Http2Client } from "../http2/connection.ts";
import { sleep } from "../time/sleep.ts";
import { defaultMaxMetadataBytes, fieldLimit, type GrpcClientOptions } from "./stack.ts";

/**
 * How many calls may be given up on one connection. Servers take a thousand for an attack and end the connection with all its calls:
 * Node's and Deno's by default. What is still under way when this many are reached may be given up too.
 */
const mostGivenUp = 50;

export interface Session {
  /** The connection of the next call. @throws what `dial` throws, and Error after {@link close} */
  open(): Opened;
  /** The error of a call that found no connection, or whose connection broke, once that is known as well as it will be. */
  explain(loss: () => unknown): Promise<ConnectError>;
  /** Ends every call and lets go of the wires for good. */
  close(): void;
}

/** One connection, as its calls see it. */
export class Opened {
  readonly connection: Http2Client;
  /** Why it is over; `undefined` while it stands. */
  loss: Error | undefined;
  /** Takes no more calls, and is let go of when the last one has ended. */
  isRetired = false;
  #calls = 0;
  #givenUp = 0;

  constructor(wire: Duplex, maxFieldBytes: number, onEnd: (opened: Opened, error: Error) => void) {
    this.connection = connectHttp2(wire, {
      maxFieldBytes,
      onEnd: (error = new Error("the connection was closed")) => {
        this.loss = error;
        onEnd(this, error);
      },
    });
  }

  get takesCalls(): boolean {
    return this.connection.isOpen && this.#givenUp < mostGivenUp;
  }

  /** A call begins on it. */
  enter(): void {
    this.#calls++;
  }

  /** A call has ended. @param givenUp before it was read to its end */
  leave(givenUp: boolean): void {
    this.#calls--;
    if (givenUp) this.#givenUp++;
    this.#leaveIfDone();
  }

  retire(): void {
    this.isRetired = true;
    this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    // Without GOAWAY, of which a server has no use: the HTTP/2 of Deno may abort a whole process over one.
    if (this.isRetired && this.#calls === 0) this.connection.destroy();
  }
}

export function createSession(
  dial: () => Duplex,
  { grace, onLost, maxMetadataBytes = defaultMaxMetadataBytes }: GrpcClientOptions,
): Session {
  let current: Opened | undefined;
  /** The current one, and retired ones. */
  const standing = new Set<Opened>();
  let closed = false;
  /** One wait for all calls that ask at the same time. */
  let explaining: Promise<void> | undefined;

  function onEnd(ended: Opened, error: Error): void {
    if (current === ended) current = undefined;
    if (standing.delete(ended) && !closed && !ended.isRetired) onLost?.(error);
  }

  return {
    open() {
      if (current?.takesCalls) return current;
      if (closed) throw new Error("Cannot call: the connection was closed");
      const before = current;
      current = new Opened(dial(), fieldLimit(maxMetadataBytes), onEnd);
      standing.add(current);
      before?.retire();
      return current;
    },
    async explain(loss) {
      if (!closed) {
        explaining ??= sleep(grace.ms, { signal: grace.signal }).finally(() => {
          explaining = undefined;
        });
        await explaining;
      }
      // A connection that no longer stands means Unavailable, whatever has broken it.
      const cause = loss();
      const { rawMessage } = asConnectError(cause);
      return new ConnectError(`connection lost: ${rawMessage}`, Code.Unavailable, undefined, undefined, cause);
    },
    close() {
      closed = true;
      for (const { connection } of standing) connection.destroy();
      standing.clear();
    },
  };
}
