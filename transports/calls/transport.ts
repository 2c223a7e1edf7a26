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
import { wrongCardinality } from "./errors.ts";
import { once, untilAborted, untilAbortedOnce } from "./iterables.ts";
import { methodPath } from "./routes.ts";

/** Carries one call to where it is answered. */
export type Send = (method: DescMethod, call: Call<Message>) => CallResponse<Message>;

export interface CallOptions {
  readonly interceptors?: readonly Interceptor[];
  /** Deadline of unary calls that name none, in milliseconds. Default: none. Streams last until one side ends them. */
  readonly defaultTimeoutMs?: number;
}

export function createTransport(send: Send, options: CallOptions = {}): Transport {
  const interceptors = [...(options.interceptors ?? [])];

  return {
    async unary(method, signal, timeoutMs, header, input, contextValues) {
      const deadlineMs = effectiveTimeout(timeoutMs ?? options.defaultTimeoutMs);
      return runUnaryCall({
        interceptors,
        ...(signal === undefined ? {} : { signal }),
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
      return runStreamingCall<I, O>({
        interceptors,
        ...(signal === undefined ? {} : { signal }),
        ...(deadlineMs === undefined ? {} : { timeoutMs: deadlineMs }),
        req: {
          ...requestFields(method, header, contextValues),
          method,
          stream: true,
          message: input,
        },
        async next(request) {
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

/** As in Connect, zero and less mean no deadline. */
function effectiveTimeout(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined || timeoutMs <= 0 ? undefined : deadlineOf(timeoutMs);
}

/** The output message of a method as its own type: senders hand on messages of the method's schema. */
function asOutput<O extends DescMessage>(method: DescMethod & { output: O }, message: Message): MessageShape<O> {
  return isMessage(message, method.output) ? (message as MessageShape<O>) : create(method.output);
}

/** Connect shows the response's headers and trailers in one place on an error. */
async function withHeader(error: unknown, response: CallResponse<Message>): Promise<unknown> {
  if (!(error instanceof ConnectError)) return error;
  const header = await Promise.race([response.header.catch(() => undefined), Promise.resolve(undefined)]);
  header?.forEach((value, name) => {
    error.metadata.append(name, value);
  });
  return error;
}
