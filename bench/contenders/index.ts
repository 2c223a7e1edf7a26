/** All of them, in the order of the tables: each of loopp's transports after those that it is compared with. */
import type { Contender } from "../contender.ts";
import { comlink } from "./comlink.ts";
import { connectNode } from "./connect-node.ts";
import { direct } from "./direct.ts";
import { grpcJs } from "./grpc-js.ts";
import { inProcessCopy, inProcessShare } from "./in-process.ts";
import { piscina } from "./piscina.ts";
import { ownProcess } from "./process.ts";
import { routerTransport } from "./router-transport.ts";
import { worker } from "./worker.ts";

export const contenders: readonly Contender[] = [
  direct,
  routerTransport,
  inProcessShare,
  inProcessCopy,
  comlink,
  piscina,
  worker,
  connectNode,
  grpcJs,
  ownProcess,
];
