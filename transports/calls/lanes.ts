/** Between the two shapes of a call: for a carrier that has only one of them, and for replies that are not there yet. */
import { ConnectError } from "@connectrpc/connect";
import type { Carrier, Metadata, StreamCall, StreamReply } from "../connection.ts";
import { withMetadata } from "./connect-error.ts";
import { wrongCardinality } from "./errors.ts";
import { eager, ignore, once } from "./iterables.ts";

/** A unary call as a stream of one message each way. */
export function unaryOverStream<T>(stream: Carrier<T>["stream"]): Carrier<T>["unary"] {
  return async (call) => {
    const { path, method, metadata, deadline, signal } = call;
    const reply = stream({ path, method, metadata, deadline, signal, input: once(call.message) });
    let message: T | undefined;
    try {
      for await (const output of reply.output) {
        if (message !== undefined) throw wrongCardinality(path, "a second", "response");
        message = output;
      }
    } catch (error) {
      throw await withHeader(error, reply);
    }
    if (message === undefined) throw wrongCardinality(path, "no", "response");
    return { message, header: await reply.header, trailer: await reply.trailer };
  };
}

/** A carrier that has streams only. */
export function overStreams<T>(stream: Carrier<T>["stream"]): Carrier<T> {
  return { unary: unaryOverStream(stream), stream };
}

/** A stream of one message each way as a unary call. */
export function streamOverUnary<T>(unary: Carrier<T>["unary"]): Carrier<T>["stream"] {
  return (call) => {
    const { path, method, metadata, deadline, signal } = call;
    const answered = single(call).then((message) => unary({ path, method, metadata, deadline, signal, message }));
    const header = answered.then((reply) => reply.header);
    const trailer = answered.then((reply) => reply.trailer);
    header.catch(ignore);
    trailer.catch(ignore);
    async function* output(): AsyncGenerator<T> {
      yield (await answered).message;
    }
    return { header, trailer, output: eager(output()) };
  };
}

/** The one request message of a call. @throws ConnectError where there is none, or a second */
export async function single<T>({ input, path }: StreamCall<T>): Promise<T> {
  const iterator = input[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) throw wrongCardinality(path, "no", "request");
  const second = await iterator.next();
  if (!second.done) throw wrongCardinality(path, "a second", "request");
  return first.value;
}

/** The reply of a call of which it is not yet known where it goes. */
export function deferReply<T>(reply: Promise<StreamReply<T>>): StreamReply<T> {
  const header = reply.then((arrived) => arrived.header);
  const trailer = reply.then((arrived) => arrived.trailer);
  header.catch(ignore);
  trailer.catch(ignore);
  const ended = reply.then((arrived) => arrived.ended);
  ended.catch(ignore);
  async function* output(): AsyncGenerator<T> {
    yield* (await reply).output;
  }
  return { header, output: eager(output()), trailer, ended };
}

/** The reply of a call that failed before it was sent. */
export function failedReply<T>(error: ConnectError): StreamReply<T> {
  const never = Promise.reject(error);
  never.catch(ignore);
  return { header: never, trailer: never, output: { [Symbol.asyncIterator]: () => ({ next: () => never }) } };
}

/** Connect shows a response's headers and trailers in one place on an error. */
export async function withHeader(error: unknown, reply: { readonly header: Promise<Metadata> }): Promise<unknown> {
  if (!(error instanceof ConnectError)) return error;
  const header = await Promise.race([reply.header.catch(() => undefined), Promise.resolve(undefined)]);
  return header === undefined || header.length === 0 ? error : withMetadata(error, header);
}
