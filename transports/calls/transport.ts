/** Makes a Connect `Transport` of a carrier: what callers hold, outermost, and nothing of it for a call that does not need it. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  type Message,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Interceptor, Transport, UnaryResponse } from "@connectrpc/connect";
import type { Carrier, StreamReply, UnaryReply } from "../connection.ts";
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
      const reply = await carrier.unary({
        path: methodPath(method),
        method,
        metadata: metadataOf(header),
        deadline: deadlineAfter(limitOf(timeoutMs, callTimeoutMs)),
        signal,
        message: create(method.input, input),
      });
      return new TypedReply(method, reply);
    },
    async stream(method, signal, timeoutMs, header, input) {
      const reply = carrier.stream({
        path: methodPath(method),
        method,
        metadata: metadataOf(header),
        deadline: deadlineAfter(limitOf(timeoutMs)),
        signal,
        input: created(method.input, input),
      });
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

/**
 * The response of a unary call. Headers and trailers are made when they are read, which most callers do not: the getters are the class's,
 * and a copy by `{ ...response }` has none of them.
 */
class TypedReply<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;
  readonly #reply: UnaryReply<Message>;
  #header: Headers | undefined = undefined;
  #trailer: Headers | undefined = undefined;

  constructor(method: DescMethodUnary<I, O>, reply: UnaryReply<Message>) {
    this.method = method;
    this.message = asOutput(method, reply.message);
    this.#reply = reply;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get header(): Headers {
    this.#header ??= headersOf(this.#reply.header);
    return this.#header;
  }

  get trailer(): Headers {
    this.#trailer ??= headersOf(this.#reply.trailer);
    return this.#trailer;
  }
}

/** Messages of the method's own type: carriers hand on no others. */
function asOutput<O extends DescMessage>(_method: DescMethod & { output: O }, message: Message): MessageShape<O> {
  return message as MessageShape<O>;
}

/** @param trailer has the trailers when the last message was read */
function messagesOf<O extends DescMessage>(
  _method: DescMethod & { output: O },
  reply: StreamReply<Message>,
  trailer: Headers,
): AsyncIterableIterator<MessageShape<O>> {
  const iterator = reply.output[Symbol.asyncIterator]();
  type Result = IteratorResult<MessageShape<O>>;
  const onResult = (result: IteratorResult<Message>): Result | Promise<Result> =>
    result.done ? onEnd() : (result as Result);
  const onEnd = async (): Promise<Result> => {
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
