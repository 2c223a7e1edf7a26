/** The contests: one for each of loopp's transports, with those that it is compared with before it. */
import type { Contender } from "../contender.ts";
import type { Contest } from "../run.ts";
import { comlink } from "./comlink.ts";
import { connectNode } from "./connect-node.ts";
import { direct } from "./direct.ts";
import { goHost, goPair, goPlugin } from "./go.ts";
import { grpcJs } from "./grpc-js.ts";
import { moleculer } from "./moleculer.ts";
import { piscina } from "./piscina.ts";
import { echoModule, ownContenders, startInRuntime } from "./plugin.ts";
import { rawMemory } from "./raw-memory.ts";
import { rawPort } from "./raw-port.ts";
import { rawSocket } from "./raw-socket.ts";
import { routerTransport } from "./router-transport.ts";

const workerThreads: Contender = {
  name: "worker-threads",
  about:
    "loopp's worker transport with `threads: 2`; with the call profile. An echo leaves them nothing to do, so it shows what dealing out calls " +
    "costs, and not what a busy handler gains",
  role: "ours",
  against: ["worker"],
  start: () => startInRuntime({ module: echoModule, transport: "worker", options: { worker: { threads: 2 } } }),
};

/** The reference that the stack of loopp's own is held against. */
const processOnConnectNode: Contender = {
  name: "process-connect-node",
  about: 'loopp\'s process transport with `stack: "connect-node"` on both sides; with the call profile',
  role: "ours",
  against: ["connect-node"],
  start: () =>
    startInRuntime({ module: echoModule, transport: "process", options: { process: { stack: "connect-node" } } }),
};

export const contests: readonly Contest[] = [
  {
    name: "in-process",
    title: "In-process",
    contenders: [
      direct,
      routerTransport,
      ...ownContenders(
        "in-process-share",
        'loopp\'s in-process transport with `messages: "share"`: both sides hold the same objects',
        "in-process",
        { messages: "share" },
      ),
      ...ownContenders(
        "in-process",
        "loopp's in-process transport as it is by default: each side has its own copy of every message",
        "in-process",
      ),
    ],
  },
  {
    name: "worker",
    title: "Worker",
    contenders: [
      rawMemory,
      rawPort,
      piscina,
      comlink,
      ...ownContenders("worker", "loopp's worker transport: one thread, protobuf both ways", "worker"),
      workerThreads,
    ],
  },
  {
    name: "process",
    title: "Process",
    contenders: [
      rawSocket,
      goPair,
      grpcJs,
      connectNode,
      moleculer,
      ...ownContenders(
        "process",
        "loopp's process transport: go-plugin's gRPC over a unix socket to a process of the same runtime",
        "process",
      ),
      processOnConnectNode,
      goPlugin,
      goHost,
    ],
  },
];
