/**
 * The HTTP/2 session of one connection: opened by the first call, opened again by the next call after it broke, or when the peer might
 * soon be tired of it. (connect-node's manager takes its listeners off a session that may still report an error, which then ends the
 * process.)
 */
import * as http2 from "node:http2";
import type { Duplex } from "node:stream";
import { ignore } from "../calls/iterables.ts";
import { endWithPeer } from "./wire.ts";

export interface Session {
  readonly isOpen: boolean;
  /** How many connections have broken so far. */
  readonly losses: number;
  /** @throws Error after {@link close}, and what `dial` throws */
  request(headers: http2.OutgoingHttpHeaders, options?: http2.ClientSessionRequestOptions): http2.ClientHttp2Stream;
  /** Ends every call and lets go of the wire for good. */
  close(): void;
}

export const authority = "http://localhost";

/**
 * How many calls may be given up on one session. Servers take a thousand for an attack and end the session with all its calls: Node's
 * and Deno's by default, and on Deno that cannot be changed. And Deno's own client ends it over a thousand frames that come for calls
 * after they were given up, of which a stream may have many. What is still under way when this many are reached may be given up too.
 */
const mostGivenUp = 50;

/** Informational headers that one connection may bring. gRPC knows none; each costs the loop something, and there is no end to them. */
const mostInformational = 100;

/** One session, with all that ends with it. */
interface Opened {
  readonly session: http2.ClientHttp2Session;
  readonly wire: Duplex;
  readonly streams: Set<http2.ClientHttp2Stream>;
  /** Calls that were not read to their end. */
  givenUp: number;
  informational: number;
  /** Takes no more calls, because of those, and is let go of when the last one has ended. */
  retired: boolean;
}

/**
 * @param dial makes a wire to the peer: of a socket or of anything else
 * @param onLost told of every connection that breaks, but not of one that is closed here
 */
export function createSession(dial: () => Duplex, onLost: (error: Error) => void = ignore): Session {
  let current: Opened | undefined;
  /** The current one, and retired ones. */
  const standing = new Set<Opened>();
  let closed = false;
  let losses = 0;

  function isOpen(): boolean {
    if (closed || current === undefined) return false;
    const { session, wire } = current;
    return !session.closed && !session.destroyed && !wire.destroyed;
  }

  function open(): Opened {
    if (closed) throw new Error("Cannot call: the connection was closed");
    if (current !== undefined && isOpen()) {
      if (current.givenUp < mostGivenUp) return current;
      current.retired = true;
      leaveIfDone(current);
    }
    const wire = dial();
    endWithPeer(wire);
    const session = http2.connect(authority, {
      createConnection: () => wire,
      // Go sends the text of an error as it is, and one that ends in a space would be dropped as a whole.
      strictFieldWhitespaceValidation: false,
    });
    const opened: Opened = { session, wire, streams: new Set(), givenUp: 0, informational: 0, retired: false };
    // A connection that failed shows here alone, and not on every runtime in both places; its calls have to hear of it too.
    const broke = (error = new Error("the connection was closed")) => {
      if (current === opened) current = undefined;
      for (const stream of opened.streams) stream.destroy(error);
      if (!standing.delete(opened)) return;
      losses++;
      if (!closed) onLost(error);
    };
    // For good: an error may come after everything else has ended.
    session.on("error", broke);
    wire.on("error", ignore);
    wire.on("close", () => broke());
    current = opened;
    standing.add(opened);
    return opened;
  }

  function leaveIfDone(opened: Opened): void {
    if (opened.retired && opened.streams.size === 0 && standing.delete(opened)) opened.wire.destroy();
  }

  return {
    get isOpen() {
      return isOpen();
    },
    get losses() {
      return losses;
    },
    request(headers, options) {
      const opened = open();
      const stream = opened.session.request(headers, options);
      opened.streams.add(stream);
      // From now on: on Bun, a stream of a connection that fails may break before it has another listener.
      stream.on("error", ignore);
      stream.on("headers", () => {
        if (++opened.informational > mostInformational)
          opened.wire.destroy(new Error("the peer sent too many informational headers"));
      });
      stream.on("close", () => {
        opened.streams.delete(stream);
        if (!stream.readableEnded) opened.givenUp++;
        leaveIfDone(opened);
      });
      return stream;
    },
    close() {
      closed = true;
      // Not by the session, which would say GOAWAY: Deno's HTTP/2 aborts the whole process over some of those.
      for (const { wire } of standing) wire.destroy();
    },
  };
}
