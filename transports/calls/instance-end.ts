/** The end of an instance, as its calls see it: whatever is in flight ends at once, with the exit as the error's detail. */
import type { Message } from "@bufbuild/protobuf";
import type { ByteHandler, Call, CallResponse, Connection } from "../connection.ts";
import { deadlineOf } from "../time/deadline.ts";
import type { PluginExit, PluginInstance } from "../transport.ts";
import { createLinkedAbortController } from "./connect.ts";
import { asConnectError } from "./connect-error.ts";
import { checkTimeout, exitError, failedResponse } from "./errors.ts";
import { abortReason, callEnded, ignore, untilAborted, untilAbortedOnce } from "./iterables.ts";
import { type CallOptions, createTransport, type Send } from "./transport.ts";

/** An instance ends once. */
export interface InstanceEnd {
  readonly ended: PluginInstance["ended"];
  readonly exited: PluginInstance["exited"];
  /** The first call decides; later ones change nothing. */
  end(exit: PluginExit): void;
}

export function createInstanceEnd(plugin: string, generation: number): InstanceEnd {
  const ended = new AbortController();
  const exited = Promise.withResolvers<PluginExit>();
  return {
    ended: ended.signal,
    exited: exited.promise,
    end(exit) {
      if (ended.signal.aborted) return;
      ended.abort(exitError(plugin, generation, exit));
      exited.resolve(exit);
    },
  };
}

/** A connection whose calls end when `over` aborts. */
export function createConnection(
  carriers: { bytes: ByteHandler; send: Send },
  over: AbortSignal,
  dispose: () => Promise<void>,
  options?: CallOptions,
): Connection {
  return {
    transport: createTransport(
      (method, call) => endWith<Message>(call, over, (linked) => carriers.send(method, linked)),
      options,
    ),
    bytes: { call: (call) => endWith(call, over, (linked) => carriers.bytes.call(linked)) },
    [Symbol.asyncDispose]: dispose,
  };
}

function endWith<T>(call: Call<T>, over: AbortSignal, send: (call: Call<T>) => CallResponse<T>): CallResponse<T> {
  if (over.aborted) return failedResponse(abortReason(over));
  try {
    checkTimeout(call.timeoutMs);
  } catch (error) {
    return failedResponse(asConnectError(error));
  }
  const { signal, abort } = linkSignals(call.signal, over);
  const response = send({ ...call, timeoutMs: deadlineOf(call.timeoutMs), signal });
  const header = untilAbortedOnce(response.header, signal);
  const trailer = untilAbortedOnce(response.trailer, signal);
  header.catch(ignore);
  trailer.catch(ignore);
  async function* output() {
    try {
      yield* untilAborted(response.output, signal);
      await trailer;
    } finally {
      abort();
    }
  }
  return { header, output: endOnReturn(output(), abort), trailer };
}

/** A generator that has not been started, or that waits, does not hear at once that its reader has left. */
function endOnReturn<T>(source: AsyncGenerator<T>, end: () => void): AsyncIterableIterator<T> {
  return {
    next: () => source.next(),
    return() {
      end();
      return source.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Aborts with either; `abort` only takes the listeners away again. */
function linkSignals(one: AbortSignal, other: AbortSignal): { signal: AbortSignal; abort: () => void } {
  const controller = createLinkedAbortController(one, other);
  return { signal: controller.signal, abort: () => controller.abort(callEnded) };
}
