/** grpc-js over a unix socket, with the same generated messages as everybody else. */

import { create } from "@bufbuild/protobuf";
import { Client, type ClientReadableStream, credentials } from "@grpc/grpc-js";
import { EchoRequestSchema, type EchoResponse, StreamRequestSchema } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { type Contender, callTimeoutMs, type Echoed } from "../contender.ts";
import { benchService } from "../peers/grpc-js-service.ts";
import { startServer } from "./server.ts";

export const grpcJs: Contender = {
  name: "grpc-js",
  about:
    "@grpc/grpc-js over a unix socket to a process of the same runtime, serialised by protobuf-es; " +
    "it knows no AbortSignal, so the shared one cancels its calls by a listener each",
  role: "peer",
  async start() {
    const server = await startServer(new URL("../peers/grpc-js-server.ts", import.meta.url));
    const client = new Client(`unix:${server.socketPath}`, credentials.createInsecure());
    const ending = new AbortController();
    const { signal } = ending;

    function call(data: Uint8Array): Promise<Echoed> {
      const { path, requestSerialize, responseDeserialize } = benchService.echo;
      const message = create(EchoRequestSchema, { number: data.length, data });
      const deadline = Date.now() + callTimeoutMs;
      return new Promise((resolve, reject) => {
        const sent = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          message,
          { deadline },
          (error, response) => {
            signal.removeEventListener("abort", cancel);
            if (error !== null) reject(error);
            else if (response !== undefined) resolve(response);
          },
        );
        const cancel = () => sent.cancel();
        signal.addEventListener("abort", cancel, { once: true });
      });
    }

    async function* stream(count: number, data: Uint8Array): AsyncGenerator<Echoed> {
      const { path, requestSerialize, responseDeserialize } = benchService.stream;
      const message = create(StreamRequestSchema, { count, data });
      const deadline = Date.now() + callTimeoutMs;
      const responses: ClientReadableStream<EchoResponse> = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        message,
        { deadline },
      );
      const cancel = () => responses.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        yield* responses;
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    }

    return {
      call,
      stream,
      pids: [server.pid],
      async stop() {
        ending.abort();
        // The server first, as in connect-node.ts.
        await server.stop();
        client.close();
      },
    };
  },
};
