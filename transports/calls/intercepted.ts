/** Connect's interceptors before a transport. Only calls that pass some pay for what these may read of a request: its headers, its signal. */
import { create, type DescMethod } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type Transport,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { deadlineAfter } from "../time/deadline.ts";
import { asConnectError } from "./connect-error.ts";
import { urlOf } from "./handler-context.ts";
import { abandon, callEnded, created } from "./iterables.ts";
import { limitOf } from "./limit.ts";
import { OpenCall, OpenCalls } from "./open-calls.ts";
import { methodPath } from "./routes.ts";

type Next = ReturnType<Interceptor>;
type StreamArguments = Parameters<Transport["stream"]>;

/** @param callTimeoutMs deadline of unary calls that name none */
export function intercepted(
  transport: Transport,
  interceptors: readonly Interceptor[],
  callTimeoutMs?: number,
): Transport {
  const calls = new OpenCalls();

  /** Lets a request pass, with a signal that aborts when the call ends in any way. */
  function pass<R>(
    caller: AbortSignal | undefined,
    limitMs: number | undefined,
    last: (request: UnaryRequest | StreamRequest) => Promise<UnaryResponse | StreamResponse>,
    begin: (next: Next, open: InterceptedCall) => Promise<R>,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      const open = new InterceptedCall(deadlineAfter(limitMs), reject);
      const refusal = calls.open(open, caller);
      if (refusal !== undefined) return reject(refusal);
      const next: Next = async (request) =>
        interceptors.reduceRight<Next>((inner, interceptor) => interceptor(inner), last)(request);
      begin(next, open).then(resolve, (thrown: unknown) => {
        open.end();
        // It may be anything, and Connect takes the text of whatever it is.
        reject(asConnectError(thrown));
      });
    });
  }

  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const limitMs = limitOf(timeoutMs, callTimeoutMs);
      const last = async (request: UnaryRequest | StreamRequest) => {
        const { message: given } = request as UnaryRequest<typeof method.input>;
        const reply = await transport.unary(
          method,
          request.signal,
          limitMs,
          request.header,
          given,
          request.contextValues,
        );
        // Interceptors copy responses.
        const { stream, service, message, header, trailer } = reply;
        return { stream, service, method, message, header, trailer };
      };
      return pass(signal, limitMs, last, async (next, open) => {
        const message = create(method.input, input);
        const response = await next({
          ...requestOf(method, open, header, contextValues),
          method,
          stream: false,
          message,
        });
        open.end();
        return response as UnaryResponse<typeof method.input, typeof method.output>;
      });
    },
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      const limitMs = limitOf(timeoutMs);
      const last = (request: UnaryRequest | StreamRequest) => {
        const { message } = request as StreamRequest<typeof method.input>;
        return transport.stream(method, request.signal, limitMs, request.header, message, request.contextValues);
      };
      return pass(signal, limitMs, last, async (next, open) => {
        const message = created(method.input, input);
        const request = { ...requestOf(method, open, header, contextValues), method, stream: true, message } as const;
        const response = (await next(request)) as StreamResponse<typeof method.input, typeof method.output>;
        return { ...response, message: endingWith(response.message, open) };
      });
    },
  };
}

class InterceptedCall extends OpenCall {
  readonly controller = new AbortController();
  readonly #reject: (error: ConnectError) => void;

  constructor(deadline: number | undefined, reject: (error: ConnectError) => void) {
    super(deadline);
    this.#reject = reject;
  }

  protected onCut(error: ConnectError): void {
    this.controller.abort(error);
    this.#reject(error);
  }

  end(): void {
    if (this.close()) this.controller.abort(callEnded);
  }
}

function requestOf(
  method: DescMethod,
  { controller }: InterceptedCall,
  header: StreamArguments[3],
  contextValues: StreamArguments[5],
) {
  return {
    service: method.parent,
    requestMethod: "POST",
    url: urlOf(methodPath(method)),
    header: new Headers(header),
    signal: controller.signal,
    contextValues: contextValues ?? createContextValues(),
  };
}

/** Messages of a call that ends with them, or when their reader leaves. */
function endingWith<T>(messages: AsyncIterable<T>, open: InterceptedCall): AsyncIterableIterator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const result = await iterator.next();
        if (result.done) open.end();
        return result;
      } catch (thrown) {
        open.end();
        throw asConnectError(thrown);
      }
    },
    async return() {
      open.cut(new ConnectError("the caller stopped reading", Code.Canceled));
      abandon(iterator);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
