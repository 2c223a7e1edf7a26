/** What a unix socket itself allows, whatever is spoken on it. */
import { once } from "node:events";
import { connect } from "node:net";
import type { Contender, Echoed } from "../contender.ts";
import { frames } from "../peers/frames.ts";
import { startServer } from "./server.ts";

export const rawSocket: Contender = {
  name: "raw-socket",
  about:
    "frames of bytes on a unix socket to a process of the same runtime, those of one turn of the loop in one write; nothing is encoded, " +
    "no deadline, no signal, no headers, no errors",
  role: "bound",
  async start() {
    const server = await startServer(new URL("../peers/raw-socket-server.ts", import.meta.url));
    const socket = connect(server.socketPath);
    await once(socket, "connect");
    const waiting: ((echoed: Echoed) => void)[] = [];
    let next = 0;
    // Answers come in the order of the calls.
    const send = frames(socket, (data) => {
      waiting[next++]?.({ data });
      if (next === waiting.length) next = waiting.length = 0;
    });
    return {
      call: (data) =>
        new Promise((resolve) => {
          waiting.push(resolve);
          send(data);
        }),
      pids: [server.pid],
      async stop() {
        socket.destroy();
        await server.stop();
      },
    };
  },
};
