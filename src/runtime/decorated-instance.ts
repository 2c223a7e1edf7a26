/** Puts what the runtime does with calls before every way by which the host calls an instance. */
import type { Message } from "@bufbuild/protobuf";
import type { Broker } from "../../transports/broker.ts";
import { createLinkedAbortController } from "../../transports/calls/connect.ts";
import { connectionOver } from "../../transports/calls/connection.ts";
import { connectionClosed } from "../../transports/calls/errors.ts";
import type { Carrier, Connection } from "../../transports/connection.ts";
import type { PluginInstance } from "../../transports/transport.ts";

/** @param ended aborts when the connection can carry no more calls */
export type Decorate = <T>(carrier: Carrier<T>, ended: AbortSignal) => Carrier<T>;

/** An instance of which the calls on its main connection, and on every connection dialled at its broker, pass what `decorate` makes. */
export function decorateInstance(instance: PluginInstance, decorate: Decorate): PluginInstance {
  const carriersOf = ({ bytes, messages }: Connection, ended: AbortSignal) => ({
    bytes: decorate(bytes, ended),
    messages: decorate<Message>(messages, ended),
  });
  const broker: Broker = {
    serve: (what) => instance.broker.serve(what),
    async dial(id, { interceptors = [], ...options } = {}) {
      const connection = await instance.broker.dial(id, options);
      const hangUp = createLinkedAbortController(instance.ended);
      const dispose = async () => {
        hangUp.abort(connectionClosed(id));
        await connection[Symbol.asyncDispose]();
      };
      return connectionOver(carriersOf(connection, hangUp.signal), dispose, { interceptors });
    },
  };
  return {
    ...connectionOver(carriersOf(instance, instance.ended), async () => instance[Symbol.asyncDispose]()),
    broker,
    facts: instance.facts,
    ended: instance.ended,
    exited: instance.exited,
    fault: async () => instance.fault?.(),
    stop: (options) => instance.stop(options),
    kill: (reason) => instance.kill(reason),
  };
}
