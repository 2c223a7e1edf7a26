/** Bare connect-node: gRPC over a unix socket. */
import { connect } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import type { Contender } from "../contender.ts";
import { callBy } from "./rpc.ts";
import { startServer } from "./server.ts";

const baseUrl = "http://localhost";

export const connectNode: Contender = {
  name: "connect-node",
  about:
    "connect-node's createGrpcTransport over a unix socket to connectNodeAdapter in a process of the same runtime; " +
    "compression off on both sides, which is not its default and helps it",
  role: "peer",
  async start() {
    const server = await startServer(new URL("../peers/connect-node-server.ts", import.meta.url));
    const sessionManager = new Http2SessionManager(baseUrl, undefined, {
      createConnection: () => connect(server.socketPath),
    });
    const transport = createGrpcTransport({ baseUrl, sessionManager, acceptCompression: [] });
    const calls = callBy(createClient(Bench, transport), async () => {
      // The server first: Deno's HTTP/2 aborts a whole process over a GOAWAY that comes when streams have just ended.
      await server.stop();
      sessionManager.abort();
    });
    return { ...calls, pids: [server.pid] };
  },
};
