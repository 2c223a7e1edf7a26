/** Makes a Connect `Transport` of anything that can carry a call. All that callers notice of a call is decided here, once. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  isMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  ConnectError,
  createContextValues,
  type Interceptor,
  type StreamResponse,
  type Transport,
} from "@connectrpc/connect";
import type { Call, CallResponse } from "../connection.ts";
import { deadlineOf } from "../time/deadline.ts";
import { runStreamingCall, runUnaryCall } from "./connect.ts";
import { asConnectError, withMetadata } from "./connect-error.ts";
import { checkTimeout, wrongCardinality } from "./errors.ts";
import { once, sound, untilAborted, untilAbortedOnce } from "./iterables.ts";
import { methodPath } from "./routes.ts";
import { soundSignal } from "./signals.ts";

/** Carries one call to where it is answered. */
export type Send = (method: DescMethod, call: Call<Message>) => CallResponse<Message>;

export interface CallOptions {
  readonly interceptors?: readonly Interceptor[];
  /** Deadline of unary calls that name none, in milliseconds. Default: none. Streams last until one side ends them. */
  readonly defaultTimeoutMs?: number;
}

export function createTransport(send: Send, options: CallOptions = {}): Transport {
  const interceptors = outermost(options.interceptors ?? []);

  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const deadlineMs = effectiveTimeout(timeoutMs ?? options.defaultTimeoutMs);
      const caller = signal === undefined ? undefined : soundSignal(signal);
      const answered = runUnaryCall({
        interceptors,
        ...(caller === undefined ? {} : { signal: caller.signal }),
        ...(deadlineMs === undefined ? {} : { timeoutMs: deadlineMs }),
        req: {
          ...requestFields(method, header, contextValues),
          method,
          stream: false,
          message: input,
        },
        async next(request) {
          const response = send(method, {
            path: methodPath(method),
            header: request.header,
            timeoutMs: deadlineMs,
            signal: request.signal,
            input: once<Message>(request.message),
          });
          let message: Message | undefined;
          try {
            for await (const output of untilAborted(response.output, request.signal)) {
              if (message !== undefined) throw wrongCardinality(method, "a second", "response");
              message = output;
            }
          } catch (error) {
            throw await withHeader(error, response);
          }
          if (message === undefined) throw wrongCardinality(method, "no", "response");
          return {
            stream: false,
            service: method.parent,
            method,
            header: await response.header,
            message: asOutput(method, message),
            trailer: await response.trailer,
          };
        },
      });
      return caller === undefined ? answered : answered.finally(caller.unlink);
    },

    async stream<I extends DescMessage, O extends DescMessage>(
      method: DescMethodStreaming<I, O>,
      signal: AbortSignal | undefined,
      timeoutMs: number | undefined,
      header: StreamArguments[3],
      input: AsyncIterable<MessageInitShape<I>>,
      contextValues?: StreamArguments[5],
    ): Promise<StreamResponse<I, O>> {
      const deadlineMs = effectiveTimeout(timeoutMs);
      const caller = signal === undefined ? undefined : soundSignal(signal);
      const answered = runStreamingCall<I, O>({
        interceptors,
        ...(caller === undefined ? {} : { signal: caller.signal }),
        ...(deadlineMs === undefined ? {} : { timeoutMs: deadlineMs }),
        req: {
          ...requestFields(method, header, contextValues),
          method,
          stream: true,
          message: sound(input),
        },
        async next(request) {
          // It aborts when the call ends, in whatever way.
          if (caller !== undefined) request.signal.addEventListener("abort", caller.unlink, { once: true });
          const trailer = new Headers();
          const sent = send(method, {
            path: methodPath(method),
            header: request.header,
            timeoutMs: deadlineMs,
            signal: request.signal,
            input: request.message,
          });
          async function* messages(): AsyncGenerator<MessageShape<O>> {
            try {
              for await (const message of untilAborted(sent.output, request.signal)) {
                yield asOutput<O>(method, message);
              }
            } catch (error) {
              throw await withHeader(error, sent);
            }
            (await sent.trailer).forEach((value, name) => {
              trailer.append(name, value);
            });
          }
          return {
            stream: true,
            service: method.parent,
            method,
            header: await untilAbortedOnce(sent.header, request.signal),
            message: messages(),
            trailer,
          };
        },
      });
      if (caller !== undefined) answered.catch(caller.unlink);
      return answered;
    },
  };
}

type StreamArguments = Parameters<Transport["stream"]>;

function requestFields(method: DescMethod, header: StreamArguments[3], contextValues: StreamArguments[5]) {
  return {
    service: method.parent,
    requestMethod: "POST",
    url: `http://plugin${methodPath(method)}`,
    header: new Headers(header),
    contextValues: contextValues ?? createContextValues(),
  };
}

/** As in Connect, zero and less mean no deadline. @throws ConnectError for what is no number */
function effectiveTimeout(timeoutMs: number | undefined): number | undefined {
  checkTimeout(timeoutMs);
  return timeoutMs === undefined || timeoutMs <= 0 ? undefined : deadlineOf(timeoutMs);
}

/** What interceptors throw becomes an error before Connect sees it, which takes the text of whatever it is. */
function outermost(interceptors: readonly Interceptor[]): Interceptor[] {
  if (interceptors.length === 0) return [];
  const guard: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (thrown) {
      throw asConnectError(thrown);
    }
  };
  return [guard, ...interceptors];
}

/** The output message of a method as its own type: senders hand on messages of the method's schema. */
function asOutput<O extends DescMessage>(method: DescMethod & { output: O }, message: Message): MessageShape<O> {
  return isMessage(message, method.output) ? (message as MessageShape<O>) : create(method.output);
}

/** Connect shows the response's headers and trailers in one place on an error. */
async function withHeader(error: unknown, response: CallResponse<Message>): Promise<unknown> {
  if (!(error instanceof ConnectError)) return error;
  const header = await Promise.race([response.header.catch(() => undefined), Promise.resolve(undefined)]);
  return header === undefined || header.keys().next().done ? error : withMetadata(error, header);
}
