/** Calls to a plugin whose instances are replaced: each call goes to the current instance, or waits for the one that is starting. */
import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError, Transport } from "@connectrpc/connect";
import { asConnectError } from "../../transports/calls/connect-error.ts";
import { deferResponse } from "../../transports/calls/deferred.ts";
import { checkTimeout, deadlineExceeded } from "../../transports/calls/errors.ts";
import type { ByteHandler, CallResponse } from "../../transports/connection.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import { type CallKind, splitPath } from "./hooks/hook.ts";
import type { RunningInstance } from "./running-instance.ts";
import type { Supervisor } from "./supervisor.ts";

export interface CallDefaults {
  /** Deadline of unary calls that name none, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Whether a call waits for an instance that is starting, or fails at once. */
  readonly waitForReady: boolean;
}

/** Called for a call that found no instance. The others are seen by the instance's hooks. */
export type OnMissed = (service: string, method: string, kind: CallKind | undefined, error: ConnectError) => void;

export function createLastingTransport(
  supervisor: Supervisor,
  { callTimeoutMs, waitForReady }: CallDefaults,
  onMissed: OnMissed,
): Transport {
  async function find(method: DescMethod, signal: AbortSignal | undefined): Promise<RunningInstance> {
    try {
      return await supervisor.acquire({ wait: waitForReady, ...(signal === undefined ? {} : { signal }) });
    } catch (thrown) {
      const error = asConnectError(thrown);
      onMissed(method.parent.typeName, method.name, method.methodKind, error);
      throw error;
    }
  }

  /** Runs a call on the current instance, with what the wait has left of its time. */
  async function onInstance<T>(
    method: DescMethod,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    call: (running: RunningInstance, leftMs: number | undefined) => Promise<T>,
  ): Promise<T> {
    checkTimeout(timeoutMs);
    const current = supervisor.running;
    if (current?.isOpen) return call(current, timeoutMs);
    if (timeoutMs === undefined || timeoutMs <= 0) return call(await find(method, signal), timeoutMs);
    const begin = performance.now();
    const late = () => deadlineExceeded("the plugin was not ready in time");
    const running = await withDeadline({ timeoutMs, late, signal }, (both) => find(method, both));
    return call(running, Math.max(1, timeoutMs - (performance.now() - begin)));
  }

  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      // To a transport, zero and less are no deadline; here they are what a caller has made of a time that is over.
      const limitMs = timeoutMs === undefined || timeoutMs <= 0 ? callTimeoutMs : timeoutMs;
      return onInstance(method, signal, limitMs, async (running, leftMs) => {
        const end = running.begin();
        try {
          return await running.instance.transport.unary(method, signal, leftMs, header, input, contextValues);
        } finally {
          end();
        }
      });
    },
    stream(method, signal, timeoutMs, header, input, contextValues) {
      return onInstance(method, signal, timeoutMs, async (running, leftMs) => {
        const ended = running.begin();
        const end = () => {
          signal?.removeEventListener("abort", end);
          ended();
        };
        // Breaking out of a stream aborts its signal, and its messages are read no further.
        signal?.addEventListener("abort", end);
        try {
          const response = await running.instance.transport.stream(
            method,
            signal,
            leftMs,
            header,
            input,
            contextValues,
          );
          return { ...response, message: endingWith(response.message, end) };
        } catch (error) {
          end();
          throw error;
        }
      });
    },
  };
}

async function* endingWith<T>(messages: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* messages;
  } finally {
    end();
  }
}

export function createLastingBytes(supervisor: Supervisor, onMissed: OnMissed): ByteHandler {
  return {
    call(call) {
      const current = supervisor.running;
      if (current?.isOpen) return tracked(current, current.instance.bytes.call(call));
      const begin = performance.now();
      const response = supervisor.acquire({ signal: call.signal }).then(
        (running) => {
          const { timeoutMs } = call;
          const left =
            timeoutMs === undefined ? {} : { timeoutMs: Math.max(1, timeoutMs - (performance.now() - begin)) };
          return tracked(running, running.instance.bytes.call({ ...call, ...left }));
        },
        (thrown: unknown) => {
          const error = asConnectError(thrown);
          const { service, method } = splitPath(call.path);
          onMissed(service, method, undefined, error);
          throw error;
        },
      );
      return deferResponse(response);
    },
  };
}

/** A call is in flight until its trailers have arrived or failed to. */
function tracked(running: RunningInstance, response: CallResponse<Uint8Array>): CallResponse<Uint8Array> {
  const end = running.begin();
  response.trailer.then(end, end);
  return response;
}
