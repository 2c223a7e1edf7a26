/** The far side of the contender "grpc-js": `<runtime> grpc-js-server.ts <socket path>`. */
import { once } from "node:events";
import { type handleServerStreamingCall, type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { EchoRequest, EchoResponse, StreamRequest } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { asError } from "../../src/values/error-text.ts";
import { echo, stream } from "../echo.ts";
import { benchService } from "./grpc-js-service.ts";
import { announceReady, socketPath } from "./server.ts";

const answerEcho: handleUnaryCall<EchoRequest, EchoResponse> = (call, callback) => {
  echo(call.request).then(
    (response) => callback(null, response),
    (error: unknown) => callback({ code: status.UNKNOWN, details: String(error) }),
  );
};

const answerStream: handleServerStreamingCall<StreamRequest, EchoResponse> = async (call) => {
  try {
    for await (const response of stream(call.request)) {
      if (!call.write(response)) await once(call, "drain");
    }
    call.end();
  } catch (error) {
    call.destroy(asError(error));
  }
};

const server = new Server();
server.addService(benchService, { echo: answerEcho, stream: answerStream });
server.bindAsync(`unix:${socketPath()}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  announceReady();
});
