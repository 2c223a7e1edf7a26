/**
 * Connect's typed client, with one difference: breaking out of a response stream ends the call. (Connect's own leaves it
 * running until a signal aborts.)
 */
import type { DescMethodStreaming, DescService } from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  Code,
  ConnectError,
  createClient as createConnectClient,
  makeAnyClient,
  type StreamResponse,
  type Transport,
} from "@connectrpc/connect";
import { createLinkedAbortController } from "./connect.ts";
import { callEnded, once } from "./iterables.ts";

export function createClient<Service extends DescService>(service: Service, transport: Transport): Client<Service> {
  const client: Record<string, unknown> = { ...createConnectClient(service, transport) };
  return makeAnyClient(service, (method): ReturnType<Parameters<typeof makeAnyClient>[1]> => {
    switch (method.methodKind) {
      case "server_streaming":
        return (input: Shape, options?: CallOptions) => new Responses(transport, method, once(input), options);
      case "bidi_streaming":
        return (input: AsyncIterable<Shape>, options?: CallOptions) => new Responses(transport, method, input, options);
      default:
        return client[method.localName] as (input: Shape, options?: CallOptions) => Promise<Shape>;
    }
  }) as Client<Service>;
}

/** A message, or what one is made of. */
type Shape = Record<string, unknown>;

/** The responses of one call, which is under way when this is made. They can be read once. */
class Responses implements AsyncIterableIterator<Shape> {
  readonly #options: CallOptions | undefined;
  /** Aborts when the reader leaves, or with the caller's signal. */
  readonly #reader: AbortController;
  readonly #response: Promise<StreamResponse>;
  #messages: AsyncIterator<Shape> | undefined = undefined;
  #trailer: Headers | undefined = undefined;

  constructor(
    transport: Transport,
    method: DescMethodStreaming,
    input: AsyncIterable<Shape>,
    options: CallOptions | undefined,
  ) {
    this.#options = options;
    this.#reader = createLinkedAbortController(options?.signal);
    const { timeoutMs, headers, contextValues } = options ?? {};
    this.#response = transport.stream(method, this.#reader.signal, timeoutMs, headers, input, contextValues);
    this.#response.catch(this.#unlink);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Shape>> {
    const next = this.#messages === undefined ? this.#first() : this.#messages.next();
    return next.then(this.#onResult, this.#onError);
  }

  async return(): Promise<IteratorResult<Shape>> {
    this.#reader.abort(new ConnectError("the caller stopped reading", Code.Canceled));
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  async #first(): Promise<IteratorResult<Shape>> {
    const response = await this.#response;
    this.#options?.onHeader?.(response.header);
    this.#trailer = response.trailer;
    this.#messages = response.message[Symbol.asyncIterator]();
    return this.#messages.next();
  }

  #onResult = (result: IteratorResult<Shape>): IteratorResult<Shape> => {
    if (result.done) {
      this.#unlink();
      if (this.#trailer !== undefined) this.#options?.onTrailer?.(this.#trailer);
    }
    return result;
  };

  #onError = (error: unknown): never => {
    this.#unlink();
    throw error;
  };

  /** Takes the listener off the caller's signal, which may live much longer than the call. */
  #unlink = (): void => this.#reader.abort(callEnded);
}
