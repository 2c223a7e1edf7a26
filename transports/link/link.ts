/**
 * Calls over a channel, the same code on both ends: each side may call what the other serves. Streams have credit in
 * bytes, so that a slow reader stops its own writer only.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { unimplemented } from "../calls/errors.ts";
import { abortReason } from "../calls/iterables.ts";
import { failedReply, overStreams } from "../calls/lanes.ts";
import type { Carrier } from "../connection.ts";
import {
  decodeChunk,
  decodeCredit,
  decodeOpen,
  encodeChunk,
  type Frame,
  FrameError,
  frameHeaderBytes,
  frameType,
} from "./frames.ts";
import { answerOver } from "./incoming.ts";
import { callOver } from "./outgoing.ts";
import type { Stream, StreamLink } from "./stream.ts";

export interface Link {
  /** Calls one of the other side's servers; 0 is its main one. */
  carrier(target: number): Carrier<Uint8Array>;
  serve(target: number, answers: Carrier<Uint8Array>): void;
  /** Ends the calls that this server still answers. */
  unserve(target: number): void;
  /** Reads one posted chunk. @throws FrameError when the peer broke the protocol */
  receive(chunk: Uint8Array): void;
  /** The same frame by frame, each when it is asked for. */
  frames(chunk: Uint8Array): Iterator<unknown>;
  /** Ends every call on both sides of the link. */
  close(error: ConnectError): void;
}

export interface LinkOptions {
  readonly side: "host" | "guest";
  readonly maxMessageBytes: number;
  post(chunk: Uint8Array<ArrayBuffer>): void;
}

/** Calls that the peer may have open at once; a peer that opens more does not read its answers. */
const mostFromPeer = 65_536;
/** Stream numbers are 32 bits wide. */
const streamNumbers = 2 ** 32;
/** What is sent at once goes out in chunks of this and one message at most: a channel may have a limit. */
const fullChunkBytes = 1024 * 1024;
const noPayload = new Uint8Array();

export function createLink({ side, maxMessageBytes, post }: LinkOptions): Link {
  const servers = new Map<number, Carrier<Uint8Array>>();
  const streams = new Map<number, Stream>();
  let nextStream = side === "host" ? 1 : 2;
  let highestPeerStream = 0;
  let fromPeer = 0;
  let closed: ConnectError | undefined;
  let outbox: Frame[] = [];
  let outboxBytes = 0;

  function send(type: number, stream: number, payload: Uint8Array): void {
    if (closed !== undefined) return;
    if (outbox.push({ type, stream, payload }) === 1) process.nextTick(flush);
    outboxBytes += frameHeaderBytes + payload.length;
    if (outboxBytes >= fullChunkBytes) flush();
  }

  function flush(): void {
    const frames = outbox;
    outbox = [];
    outboxBytes = 0;
    if (closed === undefined && frames.length > 0) post(encodeChunk(frames));
  }

  function streamLink(id: number): StreamLink {
    return {
      id,
      maxMessageBytes,
      get isOpen() {
        return streams.has(id);
      },
      send: (type, payload = noPayload) => send(type, id, payload),
      open(stream) {
        streams.set(id, stream);
        if (isPeers(id)) fromPeer++;
      },
      end() {
        const wasOpen = streams.delete(id);
        if (wasOpen && isPeers(id)) fromPeer--;
        return wasOpen;
      },
    };
  }

  /** The numbers begin again when they are used up, after two thousand million calls; some of the first may still be in use. */
  function newStream(): number {
    let id: number;
    do {
      id = nextStream;
      nextStream = (nextStream + 2) % streamNumbers;
    } while (streams.has(id));
    return id;
  }

  /** Which side's calls have numbers like this. */
  const isPeers = (id: number) => id % 2 === (side === "host" ? 0 : 1);

  /** Whether the peer may give a number to a stream: one of its own that comes after all that it gave before. */
  function isNewFromPeer(id: number): boolean {
    const ahead = (id - highestPeerStream + streamNumbers) % streamNumbers;
    return isPeers(id) && ahead > 0 && ahead < streamNumbers / 2 && !streams.has(id);
  }

  function dispatch(frame: Frame): void {
    if (frame.type === frameType.open) {
      if (!isNewFromPeer(frame.stream)) {
        throw new FrameError(`Cannot accept stream ${frame.stream}: its number is not the peer's to give`);
      }
      if (fromPeer >= mostFromPeer) throw new FrameError(`Cannot accept more than ${mostFromPeer} calls at once`);
      highestPeerStream = frame.stream;
      const opened = decodeOpen(frame.payload);
      return answerOver(streamLink(frame.stream), opened, servers.get(opened.target) ?? absent(opened.target));
    }
    const stream = streams.get(frame.stream);
    // Frames for a stream that has just ended on this side are no mistake.
    if (stream === undefined) return;
    if (frame.type === frameType.credit) return stream.onCredit(decodeCredit(frame.payload));
    return stream.onFrame(frame);
  }

  return {
    carrier(target) {
      return overStreams((outgoing) => {
        if (closed !== undefined) return failedReply(closed);
        if (outgoing.signal?.aborted) return failedReply(abortReason(outgoing.signal));
        return callOver(streamLink(newStream()), target, outgoing);
      });
    },
    serve(target, answers) {
      servers.set(target, answers);
    },
    unserve(target) {
      servers.delete(target);
      for (const [id, stream] of [...streams]) {
        if (stream.target === target && isPeers(id)) stream.close(notServed(target));
      }
    },
    receive(chunk) {
      for (const frame of decodeChunk(chunk)) dispatch(frame);
    },
    *frames(chunk) {
      for (const frame of decodeChunk(chunk)) yield dispatch(frame);
    },
    close(error) {
      if (closed !== undefined) return;
      flush();
      closed = error;
      for (const stream of [...streams.values()]) stream.close(error);
    },
  };
}

/** Answers for a server that is not there. */
function absent(target: number): Pick<Carrier<Uint8Array>, "stream"> {
  return { stream: ({ path }) => failedReply(target === 0 ? unimplemented(path) : notServed(target)) };
}

function notServed(target: number): ConnectError {
  return new ConnectError(`brokered connection ${target} is no longer served`, Code.Unavailable);
}
