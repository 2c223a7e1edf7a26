/** Two links that are joined, what serves on them, and what calls send. */
import { Code, ConnectError } from "@connectrpc/connect";
import { noMetadata } from "../../../transports/calls/metadata.ts";
import type { Carrier, StreamCall, StreamReply, UnaryCall } from "../../../transports/connection.ts";
import { createLink, type Link } from "../../../transports/link/link.ts";

export const kilobyte = 1024;

export interface Pair {
  readonly host: Link;
  readonly guest: Link;
  /** Delivers what was posted, in an order between the directions that `choose` decides, until nothing more comes. */
  settle(choose?: () => boolean): Promise<void>;
  /** Every chunk that was posted, oldest first. */
  readonly posted: { readonly from: "host" | "guest"; readonly bytes: number }[];
}

/** Two links whose chunks wait until somebody delivers them. */
export function createPair(maxMessageBytes = 8 * kilobyte * kilobyte): Pair {
  const toGuest: Uint8Array[] = [];
  const toHost: Uint8Array[] = [];
  const posted: { from: "host" | "guest"; bytes: number }[] = [];
  const post = (from: "host" | "guest", queue: Uint8Array[]) => (chunk: Uint8Array<ArrayBuffer>) => {
    posted.push({ from, bytes: chunk.length });
    queue.push(chunk);
  };
  const host = createLink({ side: "host", maxMessageBytes, post: post("host", toGuest) });
  const guest = createLink({ side: "guest", maxMessageBytes, post: post("guest", toHost) });
  return {
    host,
    guest,
    posted,
    async settle(choose = () => true) {
      for (let idle = 0; idle < 20; ) {
        const guestFirst = choose();
        const toWhom = toHost.length === 0 || (guestFirst && toGuest.length > 0) ? "guest" : "host";
        const chunk = (toWhom === "guest" ? toGuest : toHost).shift();
        if (chunk !== undefined) (toWhom === "guest" ? guest : host).receive(chunk);
        idle = toGuest.length + toHost.length > 0 ? 0 : idle + 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** Delivers by itself. */
export function createJoined(maxMessageBytes = 64 * kilobyte * kilobyte): { host: Link; guest: Link } {
  const host: Link = createLink({
    side: "host",
    maxMessageBytes,
    post: (chunk) => setImmediate(() => guest.receive(chunk)),
  });
  const guest: Link = createLink({
    side: "guest",
    maxMessageBytes,
    post: (chunk) => setImmediate(() => host.receive(chunk)),
  });
  return { host, guest };
}

const path = "/test/Echo";

export function call(
  input: AsyncIterable<Uint8Array>,
  options: Partial<StreamCall<Uint8Array>> = {},
): StreamCall<Uint8Array> {
  return { path, metadata: noMetadata, input, ...options };
}

export function unaryCall(message: Uint8Array, options: Partial<UnaryCall<Uint8Array>> = {}): UnaryCall<Uint8Array> {
  return { path, metadata: noMetadata, message, ...options };
}

export async function* messages(...list: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

export async function collect(reply: StreamReply<Uint8Array>): Promise<Uint8Array[]> {
  const outputs: Uint8Array[] = [];
  for await (const output of reply.output) outputs.push(output);
  await reply.trailer;
  return outputs;
}

export function respond(output: AsyncIterable<Uint8Array>): StreamReply<Uint8Array> {
  return { header: Promise.resolve(noMetadata), output, trailer: Promise.resolve(noMetadata) };
}

/** A server of streams alone. */
export function streams(stream: Carrier<Uint8Array>["stream"]): Carrier<Uint8Array> {
  return { stream, unary: () => Promise.reject(new ConnectError("only streams", Code.Unimplemented)) };
}

/** A server of unary calls alone. */
export function unaries(unary: Carrier<Uint8Array>["unary"]): Carrier<Uint8Array> {
  return { unary, stream: () => respond(silence) };
}

/** Answers each message with itself and gives the call's metadata back as header and trailer. */
export const echo: Carrier<Uint8Array> = {
  async unary({ metadata, message }) {
    return { message, header: metadata, trailer: metadata };
  },
  stream({ metadata, input }) {
    return { header: Promise.resolve(metadata), output: input, trailer: Promise.resolve(metadata) };
  },
};

/** As {@link echo}, but ends with an error. */
export const echoAndFail: Carrier<Uint8Array> = {
  async unary() {
    throw atTheEnd();
  },
  stream({ input }) {
    async function* output() {
      yield* input;
      throw atTheEnd();
    }
    return respond(output());
  },
};

function atTheEnd(): ConnectError {
  return new ConnectError("at the end", Code.DataLoss, new Headers({ "x-why": "asked" }));
}

/** Never yields anything. */
export const silence: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

export function pattern(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).fill(seed).fill(seed + 1, length / 2);
}
