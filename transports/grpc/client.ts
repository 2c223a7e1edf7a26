/** The calling end of gRPC, over our own HTTP/2. */
import type { Duplex } from "node:stream";
import type { UnaryCall, UnaryReply } from "../connection.ts";
import type { Calling } from "./outgoing-call.ts";
import { createRequestWriter } from "./request.ts";
import { createSession } from "./session.ts";
import { defaultMaxMetadataBytes, type GrpcClientOptions, type GrpcConnection } from "./stack.ts";
import { OutgoingStreamCall } from "./stream-call.ts";
import { OutgoingUnaryCall } from "./unary-call.ts";

/** @param dial makes a wire to the peer with the first call, and another one when that has broken or had its time */
export function connectGrpc(dial: () => Duplex, options: GrpcClientOptions): GrpcConnection {
  const { maxMessageBytes, maxMetadataBytes = defaultMaxMetadataBytes } = options;
  const session = createSession(dial, options);
  const calling: Calling = { session, writeRequest: createRequestWriter(maxMetadataBytes), maxMessageBytes };
  return {
    bytes: {
      unary: (call: UnaryCall<Uint8Array>) =>
        new Promise<UnaryReply<Uint8Array>>((resolve, reject) => {
          new OutgoingUnaryCall(calling, call, resolve, reject).begin();
        }),
      stream(call) {
        const outgoing = new OutgoingStreamCall(calling, call);
        outgoing.begin();
        return outgoing.reply;
      },
    },
    close: () => session.close(),
  };
}
