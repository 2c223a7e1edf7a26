/**
 * What an implementation is given beside its message. Most look at nothing of it, so all of it is made when it is first read: the
 * getters are the class's, and a copy by `{ ...context }` has none of them.
 */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import type { Called, Metadata } from "../connection.ts";
import { timeLeft } from "../time/deadline.ts";
import { callEnded } from "./iterables.ts";
import { headersOf, metadataOf, noMetadata } from "./metadata.ts";
import { OpenCall, type OpenCalls } from "./open-calls.ts";

export class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly #call: Called;
  readonly #calls: OpenCalls;
  #handling: Handling | undefined = undefined;
  #requestHeader: Headers | undefined = undefined;
  #responseHeader: Headers | undefined = undefined;
  #responseTrailer: Headers | undefined = undefined;
  #values: ContextValues | undefined = undefined;
  #hasEnded = false;

  /** @param calls those of which the signal was read: their deadlines have one timer */
  constructor(method: DescMethod, call: Called, calls: OpenCalls) {
    this.method = method;
    this.#call = call;
    this.#calls = calls;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get requestMethod(): string {
    return "POST";
  }

  get protocolName(): string {
    return "grpc";
  }

  get url(): string {
    return urlOf(this.#call.path);
  }

  get signal(): AbortSignal {
    if (this.#handling === undefined) {
      const handling = new Handling(this.#call.deadline);
      this.#handling = handling;
      if (this.#hasEnded) handling.controller.abort(callEnded);
      else {
        const refusal = this.#calls.open(handling, this.#call.signal);
        if (refusal !== undefined) handling.controller.abort(refusal);
      }
    }
    return this.#handling.controller.signal;
  }

  get timeoutMs(): () => number | undefined {
    const { deadline } = this.#call;
    return () => timeLeft(deadline);
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= headersOf(this.#call.metadata);
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  /** What the implementation has set of it. */
  get header(): Metadata {
    return this.#responseHeader === undefined ? noMetadata : metadataOf(this.#responseHeader);
  }

  /** What the implementation has set of it. */
  get trailer(): Metadata {
    return this.#responseTrailer === undefined ? noMetadata : metadataOf(this.#responseTrailer);
  }

  /** Ends what the implementation has left running under the call's signal. */
  end(): void {
    this.#hasEnded = true;
    if (this.#handling === undefined) return;
    this.#handling.close();
    this.#handling.controller.abort(callEnded);
  }

  /** All of it in an object of its own, for Connect's code, which copies contexts. */
  whole(): HandlerContext {
    const { method, service, requestMethod, protocolName, url, signal, timeoutMs } = this;
    const { requestHeader, responseHeader, responseTrailer, values } = this;
    return {
      ...{ method, service, requestMethod, protocolName, url, signal, timeoutMs },
      ...{ requestHeader, responseHeader, responseTrailer, values },
    };
  }
}

/** A call whose implementation has read the signal. */
class Handling extends OpenCall {
  readonly controller = new AbortController();

  protected onCut(error: Error): void {
    this.controller.abort(error);
  }
}

/** Where a call goes, for those who read it: there is no host of that name. */
export function urlOf(path: string): string {
  return `http://plugin${path}`;
}
