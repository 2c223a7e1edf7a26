/** Puts hooks in front of every way by which the host calls an instance. */
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import type { Broker } from "../../../transports/broker.ts";
import { createLinkedAbortController } from "../../../transports/calls/connect.ts";
import { deferResponse } from "../../../transports/calls/deferred.ts";
import { connectionClosed, failedResponse } from "../../../transports/calls/errors.ts";
import { abandon, ignore } from "../../../transports/calls/iterables.ts";
import { methodPath } from "../../../transports/calls/routes.ts";
import type { ByteHandler, CallResponse, Connection } from "../../../transports/connection.ts";
import type { PluginInstance } from "../../../transports/transport.ts";
import { HookedCall } from "./call.ts";
import { type CallHook, splitPath } from "./hook.ts";

/** An instance whose calls pass through hooks, the first one outermost. */
export function hookCalls(instance: PluginInstance, hooks: readonly CallHook[]): PluginInstance {
  if (hooks.length === 0) return instance;
  const broker: Broker = {
    serve: (what) => instance.broker.serve(what),
    async dial(id, options) {
      const connection = await instance.broker.dial(id, options);
      const hangUp = createLinkedAbortController(instance.ended);
      return {
        ...hookConnection(connection, hooks, hangUp.signal),
        async [Symbol.asyncDispose]() {
          hangUp.abort(connectionClosed(id));
          await connection[Symbol.asyncDispose]();
        },
      };
    },
  };
  return {
    ...hookConnection(instance, hooks, instance.ended),
    [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose](),
    broker,
    facts: instance.facts,
    ended: instance.ended,
    exited: instance.exited,
    fault: async () => instance.fault?.(),
    stop: (options) => instance.stop(options),
    kill: (reason) => instance.kill(reason),
  };
}

function hookConnection(
  connection: Connection,
  hooks: readonly CallHook[],
  ended: AbortSignal,
): Pick<Connection, "transport" | "bytes"> {
  return {
    transport: hookTransport(connection.transport, hooks, ended),
    bytes: hookBytes(connection.bytes, hooks, ended),
  };
}

function hookTransport(transport: Transport, hooks: readonly CallHook[], ended: AbortSignal): Transport {
  const begin = (method: DescMethod, signal: AbortSignal | undefined, timeoutMs: number | undefined) =>
    new HookedCall({
      path: methodPath(method),
      service: method.parent.typeName,
      method: method.name,
      kind: method.methodKind,
      signal,
      timeoutMs,
      ended,
    });

  return {
    unary(method, signal, timeoutMs, header, input, contextValues) {
      const call = begin(method, signal, timeoutMs);
      const send = () => transport.unary(method, signal, call.leftMs, header, input, contextValues);
      return enter(call, hooks, send, async (waiting) => {
        const response = await answer(call, waiting, send);
        call.end();
        return response;
      });
    },
    stream(method, signal, timeoutMs, header, input, contextValues) {
      const call = begin(method, signal, timeoutMs);
      const send = () => transport.stream(method, signal, call.leftMs, header, input, contextValues);
      return enter(call, hooks, send, async (waiting) => {
        call.endOnAbort();
        const response = await answer(call, waiting, send);
        return { ...response, message: watchMessages(response.message, call) };
      });
    },
  };
}

/** Sends a call that no hook watches as if there were no hooks. */
function enter<T>(
  call: HookedCall,
  hooks: readonly CallHook[],
  send: () => Promise<T>,
  watched: (waiting: Promise<void> | undefined) => Promise<T>,
): Promise<T> {
  try {
    const waiting = call.enter(hooks);
    return waiting === undefined && !call.isWatched ? send() : watched(waiting);
  } catch (error) {
    return Promise.reject(error);
  }
}

async function answer<T>(call: HookedCall, waiting: Promise<void> | undefined, send: () => Promise<T>): Promise<T> {
  try {
    if (waiting !== undefined) await waiting;
    const sending = send();
    call.sent();
    let answered: { value: T } | { error: unknown };
    try {
      answered = { value: await sending };
    } catch (error) {
      answered = { error };
    }
    const held = call.before("beforeAnswer");
    if (held !== undefined) await held;
    if ("error" in answered) throw answered.error;
    return answered.value;
  } catch (thrown) {
    throw call.fail(thrown);
  }
}

function watchMessages<T>(messages: AsyncIterable<T>, call: HookedCall): AsyncIterableIterator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  return {
    async next() {
      try {
        const result = await iterator.next();
        if (result.done) call.end();
        else await call.before("beforeMessage");
        return result;
      } catch (thrown) {
        abandon(iterator);
        throw call.fail(thrown);
      }
    },
    async return() {
      call.end(new ConnectError("the caller stopped reading", Code.Canceled));
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function hookBytes(bytes: ByteHandler, hooks: readonly CallHook[], ended: AbortSignal): ByteHandler {
  return {
    call(given) {
      const { path, signal, timeoutMs } = given;
      const call = new HookedCall({ path, ...splitPath(path), kind: undefined, signal, timeoutMs, ended });
      const send = () => {
        const response = bytes.call(call.waited ? { ...given, timeoutMs: call.leftMs } : given);
        call.sent();
        return call.isWatched ? watchResponse(response, call) : response;
      };
      try {
        const waiting = call.enter(hooks);
        return waiting === undefined ? send() : deferResponse(waiting.then(send));
      } catch (error) {
        return failedResponse(call.fail(error));
      }
    },
  };
}

function watchResponse(response: CallResponse<Uint8Array>, call: HookedCall): CallResponse<Uint8Array> {
  if (call.holdsBack) return holdBack(response, call);
  response.trailer.then(
    () => call.end(),
    (error: unknown) => call.fail(error),
  );
  return response;
}

/** The trailers may arrive long before the messages have been handed on, so the call ends with the last message. */
function holdBack({ header, output, trailer }: CallResponse<Uint8Array>, call: HookedCall): CallResponse<Uint8Array> {
  call.endOnAbort();
  const ready = header.then(ignore, ignore).then(() => call.before("beforeAnswer"));
  async function* messages() {
    await ready;
    yield* output;
    await trailer;
  }
  const held = { header: ready.then(() => header), trailer: ready.then(() => trailer) };
  held.header.catch(ignore);
  held.trailer.catch(ignore);
  return { ...held, output: watchMessages(messages(), call) };
}
