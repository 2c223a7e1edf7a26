/**
 * Both sides of a plugin for the tests of the LOOP kinds: a pair of brokers and a main connection, for each way that calls
 * can take. Everything that is served or dialled is counted, so that tests see what is still held.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import type { Broker } from "../../transports/broker.ts";
import { answerBytes, type Served } from "../../transports/calls/answer.ts";
import type { Connection, Routes } from "../../transports/connection.ts";
import { createBrokerPair } from "../../transports/in-process/broker.ts";
import { createProcessBroker, type ProcessBroker } from "../../transports/process/broker.ts";
import { defaultGrpcTerms, loadGrpc } from "../../transports/process/grpc.ts";
import { createSocketDirectory } from "../../transports/process/socket-directory.ts";

export interface Pair {
  readonly host: Broker;
  readonly plugin: Broker;
  /** The host's connection to what the plugin serves without the broker. */
  main(routes: Routes): Promise<Connection>;
  /** What is currently served and dialled, without the main connection, such as `host serves 1`. */
  open(): string[];
}

/** Every way that calls can take. Each pair ends with the test that made it. */
export const pairs: readonly { readonly name: string; readonly create: () => Pair }[] = [
  { name: "messages handed over in-process", create: () => createInProcessPair((what) => what) },
  { name: "protobuf bytes in-process", create: createBytesPair },
  { name: "gRPC and go-plugin's broker on unix sockets", create: createGrpcPair },
];

const maxMessageBytes = 1024 * 1024;

/** Every message as its protobuf bytes. */
export function createBytesPair(): Pair {
  return createInProcessPair((what) => answerBytes(what, maxMessageBytes));
}

function createInProcessPair(encode: (what: Served) => Served): Pair {
  const { host, plugin } = createBrokerPair(untilTestFinished(), "copy", maxMessageBytes);
  const encoding = (broker: Broker): Broker => ({
    serve: (what) => broker.serve(encode(what)),
    dial: (id, options) => broker.dial(id, options),
  });
  return createPair(encoding(host), encoding(plugin));
}

function createGrpcPair(): Pair {
  const over = untilTestFinished();
  const brokers = (async () => {
    const directory = await createSocketDirectory();
    const grpc = await loadGrpc({ ...defaultGrpcTerms, maxMessageBytes });
    const host = createProcessBroker(directory, over, grpc, 1000);
    const plugin = createProcessBroker(directory, over, grpc, 1000);
    void announce(host, plugin);
    void announce(plugin, host);
    onTestFinished(async () => {
      await Promise.all([host.close(), plugin.close()]);
      await directory.remove();
    });
    return { host, plugin };
  })();
  const starting = (side: "host" | "plugin"): Broker => ({
    serve: async (what) => (await brokers)[side].serve(what),
    dial: async (id, options) => (await brokers)[side].dial(id, options),
  });
  return createPair(starting("host"), starting("plugin"));
}

/** The stream that carries one side's announcements to the other. */
async function announce(from: ProcessBroker, to: ProcessBroker): Promise<void> {
  for await (const info of from.announcements()) to.onConnInfo(info);
}

function untilTestFinished(): AbortSignal {
  const over = new AbortController();
  onTestFinished(() => over.abort(new ConnectError("the test is over", Code.Unavailable)));
  return over.signal;
}

function createPair(host: Broker, plugin: Broker): Pair {
  const open = new Set<string>();
  return {
    host: counting(host, "host", open),
    plugin: counting(plugin, "plugin", open),
    main: async (routes) => host.dial((await plugin.serve(routes)).id),
    open: () => [...open].sort(),
  };
}

function counting(broker: Broker, side: string, open: Set<string>): Broker {
  let dialled = 0;
  const count = <T extends AsyncDisposable>(entry: string, held: T): T => {
    open.add(entry);
    return {
      ...held,
      async [Symbol.asyncDispose]() {
        if (!open.delete(entry)) throw new Error(`${entry} was freed twice`);
        await held[Symbol.asyncDispose]();
      },
    };
  };
  return {
    async serve(what) {
      const server = await broker.serve(what);
      return count(`${side} serves ${server.id}`, server);
    },
    async dial(id, options) {
      const connection = await broker.dial(id, options);
      dialled += 1;
      return count(`${side} dialled ${id} (${dialled})`, connection);
    },
  };
}
