/** loopp in-process, with messages copied and with messages shared. */
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import type { Contender } from "../contender.ts";
import { launchEcho } from "./plugin.ts";

export const inProcessCopy: Contender = {
  name: "in-process",
  about: "loopp's in-process transport as it is by default: each side has its own copy of every message",
  peers: ["direct", "router-transport"],
  start: () => launchEcho(createInProcessTransport()),
};

export const inProcessShare: Contender = {
  name: "in-process-share",
  about: 'loopp\'s in-process transport with `messages: "share"`: both sides hold the same objects',
  peers: ["direct", "router-transport"],
  start: () => launchEcho(createInProcessTransport(), { messages: "share" }),
};
