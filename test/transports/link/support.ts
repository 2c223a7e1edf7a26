/** Two links that are joined, what serves on them, and what calls send. */
import { Code, ConnectError } from "@connectrpc/connect";
import { noMetadata } from "../../../transports/calls/metadata.ts";
import type { Carrier, StreamCall, StreamReply } from "../../../transports/connection.ts";
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

export function call(
  input: AsyncIterable<Uint8Array>,
  options: Partial<StreamCall<Uint8Array>> = {},
): StreamCall<Uint8Array> {
  return { path: "/test/Echo", metadata: noMetadata, input, ...options };
}

export async function* messages(...list: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

export async function collect(response: StreamReply<Uint8Array>): Promise<Uint8Array[]> {
  const outputs: Uint8Array[] = [];
  for await (const output of response.output) outputs.push(output);
  await response.trailer;
  return outputs;
}

export function respond(output: AsyncIterable<Uint8Array>): StreamReply<Uint8Array> {
  return { header: Promise.resolve(noMetadata), output, trailer: Promise.resolve(noMetadata) };
}

/** Of a carrier that is called by streams only. */
export const streamsOnly = { unary: async () => Promise.reject(new Error("there are only streams here")) };

/** Answers each message with itself and gives the call's header back as header and trailer. */
export const echo: Carrier<Uint8Array> = {
  ...streamsOnly,
  stream({ metadata, input }) {
    return { header: Promise.resolve(metadata), output: input, trailer: Promise.resolve(metadata) };
  },
};

/** As {@link echo}, but ends with an error. */
export const echoAndFail: Carrier<Uint8Array> = {
  ...streamsOnly,
  stream({ input }) {
    async function* output() {
      yield* input;
      throw new ConnectError("at the end", Code.DataLoss, new Headers({ "x-why": "asked" }));
    }
    return respond(output());
  },
};

/** Never yields anything. */
export const silence: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

export function pattern(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).fill(seed).fill(seed + 1, length / 2);
}
