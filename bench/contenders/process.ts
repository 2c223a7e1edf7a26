/** loopp in a process of its own. */
import { createProcessTransport } from "../../transports/process/index.ts";
import type { Contender } from "../contender.ts";
import { launchEcho } from "./plugin.ts";

export const ownProcess: Contender = {
  name: "process",
  about: "loopp's process transport: go-plugin's gRPC over a unix socket to a process of the same runtime",
  peers: ["grpc-js", "connect-node"],
  start: () => launchEcho(createProcessTransport()),
};
