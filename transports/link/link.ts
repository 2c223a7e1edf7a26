/**
 * Calls over a channel, the same code on both ends: each side may call what the other serves. A unary call is one frame each way; streams
 * have credit in bytes, so that a slow reader stops its own writer only.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { unimplemented } from "../calls/errors.ts";
import { abortReason } from "../calls/iterables.ts";
import { failedReply } from "../calls/lanes.ts";
import type { Called, Carrier } from "../connection.ts";
import type { LinkCore, LinkedCall } from "./call.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";
import { FrameError, frameType } from "./frames.ts";
import { answerStream } from "./incoming.ts";
import { callStream } from "./outgoing.ts";
import { answerUnary, callUnary } from "./unary.ts";

export interface Link {
  /** Calls one of the other side's servers; 0 is its main one. */
  carrier(target: number): Carrier<Uint8Array>;
  serve(target: number, answers: Carrier<Uint8Array>): void;
  /** Ends the calls that this server still answers. */
  unserve(target: number): void;
  /** Reads one posted chunk. @throws FrameError when the peer broke the protocol */
  receive(chunk: Uint8Array): void;
  /** The same frame by frame, each when it is asked for; before the next chunk is read. */
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
/** Numbers of calls are 32 bits wide. */
const callNumbers = 2 ** 32;

export function createLink({ side, maxMessageBytes, post }: LinkOptions): Link {
  const servers = new Map<number, Carrier<Uint8Array>>();
  const calls = new Map<number, LinkedCall>();
  const frame = new FrameReader();
  let nextCall = side === "host" ? 1 : 2;
  let highestFromPeer = 0;
  let fromPeer = 0;
  let closed: ConnectError | undefined;

  const core: LinkCore = {
    out: new FrameWriter(post),
    maxMessageBytes,
    isOpen: (id) => calls.has(id),
    open(id, call) {
      calls.set(id, call);
      if (isPeers(id)) fromPeer++;
    },
    end(id) {
      const wasOpen = calls.delete(id);
      if (wasOpen && isPeers(id)) fromPeer--;
      return wasOpen;
    },
  };

  /** The numbers begin again when they are used up, after two thousand million calls; some of the first may still be in use. */
  function newCall(): number {
    let id: number;
    do {
      id = nextCall;
      nextCall = (nextCall + 2) % callNumbers;
    } while (calls.has(id));
    return id;
  }

  /** Which side's calls have numbers like this. */
  function isPeers(id: number): boolean {
    return id % 2 === (side === "host" ? 0 : 1);
  }

  /** Whether the peer may give a number to a call: one of its own that comes after all that it gave before. */
  function isNewFromPeer(id: number): boolean {
    const ahead = (id - highestFromPeer + callNumbers) % callNumbers;
    return isPeers(id) && ahead > 0 && ahead < callNumbers / 2 && !calls.has(id);
  }

  function begin(id: number): void {
    if (!isNewFromPeer(id)) throw new FrameError(`Cannot accept call ${id}: its number is not the peer's to give`);
    if (fromPeer >= mostFromPeer) throw new FrameError(`Cannot accept more than ${mostFromPeer} calls at once`);
    highestFromPeer = id;
    const opened = frame.call();
    const answers = servers.get(opened.target) ?? absent(opened.target);
    if (frame.type === frameType.request) return answerUnary(core, id, opened, frame, answers);
    frame.finish();
    answerStream(core, id, opened, answers);
  }

  function dispatch(): void {
    const { type, stream: id } = frame;
    if (type === frameType.request || type === frameType.open) return begin(id);
    // Frames for a call that has just ended on this side are no mistake.
    const call = calls.get(id);
    if (call === undefined) return;
    call.onFrame(frame);
    frame.finish();
  }

  /** Why a call cannot begin. */
  function refusal({ signal }: Called): ConnectError | undefined {
    return closed ?? (signal?.aborted ? abortReason(signal) : undefined);
  }

  return {
    carrier: (target) => ({
      unary(call) {
        const error = refusal(call);
        return error === undefined ? callUnary(core, newCall(), target, call) : Promise.reject(error);
      },
      stream(call) {
        const error = refusal(call);
        return error === undefined ? callStream(core, newCall(), target, call) : failedReply(error);
      },
    }),
    serve(target, answers) {
      servers.set(target, answers);
    },
    unserve(target) {
      servers.delete(target);
      for (const [id, call] of [...calls]) {
        if (call.target === target && isPeers(id)) call.close(notServed(target));
      }
    },
    receive(chunk) {
      frame.begin(chunk);
      while (frame.next()) dispatch();
    },
    frames(chunk) {
      frame.begin(chunk);
      return {
        next() {
          const done = !frame.next();
          if (!done) dispatch();
          return { done, value: undefined };
        },
      };
    },
    close(error) {
      if (closed !== undefined) return;
      closed = error;
      core.out.close();
      for (const call of [...calls.values()]) call.close(error);
    },
  };
}

/** Answers for a server that is not there. */
function absent(target: number): Carrier<Uint8Array> {
  const errorFor = (path: string) => (target === 0 ? unimplemented(path) : notServed(target));
  return {
    unary: ({ path }) => Promise.reject(errorFor(path)),
    stream: ({ path }) => failedReply(errorFor(path)),
  };
}

function notServed(target: number): ConnectError {
  return new ConnectError(`brokered connection ${target} is no longer served`, Code.Unavailable);
}
