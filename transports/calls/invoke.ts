/** Runs an implementation for one call: the end of every call's way, on every transport. */
import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectError, MethodImplSpec } from "@connectrpc/connect";
import type { Metadata, StreamCall, StreamReply, UnaryCall, UnaryReply } from "../connection.ts";
import { transformInvokeImplementation } from "./connect.ts";
import { withMetadata } from "./connect-error.ts";
import { errorFromHandler } from "./errors.ts";
import { CallContext } from "./handler-context.ts";
import { abandon, eager, ignore } from "./iterables.ts";
import { single } from "./lanes.ts";
import type { OpenCalls } from "./open-calls.ts";
import type { Implementation } from "./routes.ts";

/** A unary implementation without interceptors. */
export async function invokeUnary(
  { method, impl }: MethodImplSpec & { readonly kind: "unary" },
  call: UnaryCall<Message>,
  calls: OpenCalls,
): Promise<UnaryReply<Message>> {
  const context = new CallContext(method, call, calls);
  try {
    const message = create(method.output, await impl(call.message, context));
    return { message, header: context.header, trailer: context.trailer };
  } catch (thrown) {
    const { header, trailer } = context;
    const error = errorFromHandler(thrown);
    throw withMetadata(error, trailer.length === 0 ? header : [...trailer, ...header]);
  } finally {
    context.end();
  }
}

/** Any implementation, under way when this returns. */
export function invokeStream(
  implementation: Implementation,
  call: StreamCall<Message>,
  calls: OpenCalls,
): StreamReply<Message> {
  const outputs = new Outputs(implementation, call, calls);
  return { header: outputs.header, output: eager(outputs), trailer: outputs.trailer };
}

/** What an implementation answers a call with. Its iterator may be anything, and is asked for one message at a time. */
class Outputs implements AsyncIterableIterator<Message> {
  readonly header: Promise<Metadata>;
  readonly trailer: Promise<Metadata>;
  readonly #implementation: Implementation;
  readonly #call: StreamCall<Message>;
  readonly #context: CallContext;
  #resolveHeader: ((header: Metadata) => void) | undefined = undefined;
  #endTrailer: { resolve(trailer: Metadata): void; reject(error: ConnectError): void } | undefined;
  #iterator: AsyncIterator<Init> | Iterator<Init> | undefined = undefined;
  #isOver = false;

  constructor(implementation: Implementation, call: StreamCall<Message>, calls: OpenCalls) {
    this.#implementation = implementation;
    this.#call = call;
    this.#context = new CallContext(implementation.spec.method, call, calls);
    this.header = new Promise((resolve) => {
      this.#resolveHeader = resolve;
    });
    this.trailer = new Promise((resolve, reject) => {
      this.#endTrailer = { resolve, reject };
    });
    this.trailer.catch(ignore);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Message>> {
    if (this.#isOver) return Promise.resolve(over);
    return this.#step().then(this.#onResult, this.#onError);
  }

  async return(): Promise<IteratorResult<Message>> {
    if (!this.#isOver) {
      this.#end();
      if (this.#iterator !== undefined) abandon(this.#iterator as AsyncIterator<Init>);
    }
    return over;
  }

  #step(): Promise<IteratorResult<Init>> {
    if (this.#iterator === undefined) return this.#begin();
    try {
      return Promise.resolve(this.#iterator.next());
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  async #begin(): Promise<IteratorResult<Init>> {
    const { spec, interceptors } = this.#implementation;
    const outputs =
      interceptors.length === 0
        ? await outputsOf(spec, this.#call, this.#context)
        : transformInvokeImplementation(spec, this.#context.whole(), [...interceptors])(this.#call.input);
    this.#iterator = isAsync(outputs) ? outputs[Symbol.asyncIterator]() : outputs[Symbol.iterator]();
    return this.#iterator.next();
  }

  #onResult = (result: IteratorResult<Init>): IteratorResult<Message> => {
    this.#resolveHeader?.(this.#context.header);
    this.#resolveHeader = undefined;
    if (!result.done) return { done: false, value: this.#messageOf(result.value) };
    this.#endTrailer?.resolve(this.#context.trailer);
    this.#end();
    return over;
  };

  #messageOf(init: Init): Message {
    try {
      return create(this.#implementation.spec.method.output, init);
    } catch (thrown) {
      if (this.#iterator !== undefined) abandon(this.#iterator as AsyncIterator<Init>);
      return this.#onError(thrown);
    }
  }

  #onError = (thrown: unknown): never => {
    const { header, trailer } = this.#context;
    const error = withMetadata(errorFromHandler(thrown), trailer);
    this.#resolveHeader?.(header);
    this.#endTrailer?.reject(error);
    this.#end();
    throw error;
  };

  #end(): void {
    this.#isOver = true;
    this.#context.end();
  }
}

type Init = MessageInitShape<DescMessage>;

const over: IteratorReturnResult<undefined> = { done: true, value: undefined };

function isAsync<T>(outputs: AsyncIterable<T> | Iterable<T>): outputs is AsyncIterable<T> {
  return Symbol.asyncIterator in outputs;
}

async function outputsOf(
  spec: MethodImplSpec,
  call: StreamCall<Message>,
  context: CallContext,
): Promise<AsyncIterable<Init> | Iterable<Init>> {
  switch (spec.kind) {
    case "unary":
      return [await spec.impl(await single(call), context)];
    case "server_streaming":
      return spec.impl(await single(call), context);
    case "client_streaming":
      return [await spec.impl(call.input, context)];
    case "bidi_streaming":
      return spec.impl(call.input, context);
  }
}
