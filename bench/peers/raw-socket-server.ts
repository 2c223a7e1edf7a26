/** The far side of the contender "raw-socket": `<runtime> raw-socket-server.ts <socket path>`. */
import { createServer } from "node:net";
import { frames } from "./frames.ts";
import { announceReady, socketPath } from "./server.ts";

createServer((socket) => {
  const send = frames(socket, (payload) => send(payload));
}).listen(socketPath(), () => announceReady());
