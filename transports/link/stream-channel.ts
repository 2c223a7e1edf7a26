/** A channel over any stream of bytes, such as a socket: each message is a length, a kind and what belongs to it. */
import type { Duplex } from "node:stream";
import { asError } from "../../src/values/error-text.ts";
import type { Channel } from "./channel.ts";
import { FrameError } from "./frames.ts";

const headBytes = 5;
const kinds = { chunk: 0, control: 1 } as const;

export interface StreamChannelOptions {
  /** Longest message that is taken from the other side, in bytes. @default 128 MiB, enough for messages of 64 MiB */
  readonly maxBytes?: number;
}

/** The stream is the channel's from now on. */
export function createStreamChannel(
  stream: Duplex,
  { maxBytes = 128 * 1024 * 1024 }: StreamChannelOptions = {},
): Channel {
  function send(kind: number, payload: Uint8Array): void {
    if (stream.destroyed || stream.writableEnded) return;
    const head = Buffer.alloc(headBytes);
    head.writeUInt32BE(payload.length, 0);
    head[headBytes - 1] = kind;
    stream.cork();
    stream.write(head);
    stream.write(payload);
    stream.uncork();
  }

  return {
    post: (message) =>
      message instanceof Uint8Array
        ? send(kinds.chunk, message)
        : send(kinds.control, Buffer.from(JSON.stringify(message))),
    listen({ onMessage, onClose }) {
      const read = createReader(maxBytes, (kind, payload) => {
        if (kind === kinds.chunk) return onMessage(new Uint8Array(payload.buffer, payload.byteOffset, payload.length));
        if (kind === kinds.control) return onMessage(parse(payload));
        throw new FrameError(`Cannot read a message of kind ${kind}`);
      });
      let failure: Error | undefined;
      stream.on("data", (chunk: Buffer) => {
        try {
          read(chunk);
        } catch (error) {
          stream.destroy(asError(error));
        }
      });
      stream.on("error", (error) => {
        failure = error;
      });
      stream.once("close", () => onClose(failure));
    },
    close: () =>
      new Promise((resolve) => {
        if (stream.destroyed) resolve();
        else stream.end(() => resolve());
      }),
  };
}

function parse(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    throw new FrameError("Cannot read a control message: it is not JSON");
  }
}

/** Cuts bytes into messages, however they are spread over chunks. @throws FrameError for one that is too long */
function createReader(maxBytes: number, onMessage: (kind: number, payload: Buffer) => void) {
  let chunks: Buffer[] = [];
  let available = 0;
  let wanted = headBytes;
  return (chunk: Buffer) => {
    chunks.push(chunk);
    available += chunk.length;
    while (available >= wanted) {
      const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      const end = headBytes + bytes.readUInt32BE(0);
      if (end - headBytes > maxBytes) {
        throw new FrameError(`Cannot read a message of ${end - headBytes} bytes: the limit is ${maxBytes} bytes`);
      }
      if (available >= end) onMessage(bytes[headBytes - 1] ?? -1, bytes.subarray(headBytes, end));
      const rest = available >= end ? bytes.subarray(end) : bytes;
      wanted = available >= end ? headBytes : end;
      chunks = [rest];
      available = rest.length;
    }
  };
}
