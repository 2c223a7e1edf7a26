/** Makes a Connect `Transport` of a carrier: what callers hold, outermost, and nothing of it for a call that does not need it. */
import { create, type DescMessage, type DescMethod, type Message, type MessageShape } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import type { Called, Carrier, StreamReply } from "../connection.ts";
import { deadlineAfter } from "../time/deadline.ts";
import { intercepted } from "./intercepted.ts";
import { created } from "./iterables.ts";
import { withHeader } from "./lanes.ts";
import { limitOf } from "./limit.ts";
import { appendTo, headersOf, metadataOf } from "./metadata.ts";
import { methodPath } from "./routes.ts";

export interface TypedOptions {
  readonly interceptors?: readonly Interceptor[];
  /** Deadline of unary calls that name none, or one of 0 or less, in milliseconds. @default none. Streams last until one side ends them. */
  readonly callTimeoutMs?: number;
}

export function createTransport(carrier: Carrier<Message>, options: TypedOptions = {}): Transport {
  const { interceptors = [], callTimeoutMs } = options;
  const transport: Transport = {
    async unary(method, signal, timeoutMs, header, input) {
      const called = describeCall(method, signal, limitOf(timeoutMs, callTimeoutMs), header);
      const reply = await carrier.unary({ ...called, message: create(method.input, input) });
      // Each made when it is read: most callers read neither.
      let headers: Headers | undefined;
      let trailers: Headers | undefined;
      return {
        stream: false,
        service: method.parent,
        method,
        message: asOutput(method, reply.message),
        get header() {
          headers ??= headersOf(reply.header);
          return headers;
        },
        get trailer() {
          trailers ??= headersOf(reply.trailer);
          return trailers;
        },
      };
    },
    async stream(method, signal, timeoutMs, header, input) {
      const called = describeCall(method, signal, limitOf(timeoutMs), header);
      const reply = carrier.stream({ ...called, input: created(method.input, input) });
      const trailer = new Headers();
      return {
        stream: true,
        service: method.parent,
        method,
        header: headersOf(await reply.header),
        message: messagesOf(method, reply, trailer),
        trailer,
      };
    },
  };
  return interceptors.length === 0 ? transport : intercepted(transport, interceptors, callTimeoutMs);
}

function describeCall(
  method: DescMethod,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: Parameters<Transport["unary"]>[3],
): Called {
  return {
    path: methodPath(method),
    method,
    metadata: metadataOf(header),
    deadline: deadlineAfter(timeoutMs),
    signal,
  };
}

/** Messages of the method's own type: carriers hand on no others. */
function asOutput<O extends DescMessage>(_method: DescMethod & { output: O }, message: Message): MessageShape<O> {
  return message as MessageShape<O>;
}

/** @param trailer has the trailers when the last message was read */
function messagesOf<O extends DescMessage>(
  method: DescMethod & { output: O },
  reply: StreamReply<Message>,
  trailer: Headers,
): AsyncIterableIterator<MessageShape<O>> {
  const iterator = reply.output[Symbol.asyncIterator]();
  const onResult = async (result: IteratorResult<Message>): Promise<IteratorResult<MessageShape<O>>> => {
    if (!result.done) return { done: false, value: asOutput<O>(method, result.value) };
    appendTo(trailer, await reply.trailer);
    return { done: true, value: undefined };
  };
  const onError = async (error: unknown): Promise<never> => {
    throw await withHeader(error, reply);
  };
  return {
    next: () => iterator.next().then(onResult, onError),
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
