/** loopp in a worker thread. */
import { createWorkerTransport } from "../../transports/worker/index.ts";
import type { Contender } from "../contender.ts";
import { launchEcho } from "./plugin.ts";

export const worker: Contender = {
  name: "worker",
  about: "loopp's worker transport: one thread, protobuf both ways",
  peers: ["piscina", "comlink"],
  start: () => launchEcho(createWorkerTransport()),
};
