/** What is asked of a plugin as a whole, and answered by all of its threads. */
import { create } from "@bufbuild/protobuf";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { decodeMessage } from "../../src/values/decode-message.ts";
import { encodeMessage } from "../../src/values/encode-message.ts";
import { methodPath } from "../calls/routes.ts";
import type { Carrier, UnaryCall, UnaryReply } from "../connection.ts";

type Bytes = Carrier<Uint8Array>;
type Call = UnaryCall<Uint8Array>;
type Reply = UnaryReply<Uint8Array>;

const checkPath = methodPath(Health.method.check);
const metricsPath = methodPath(Diagnostics.method.collectMetrics);

/** Undefined: the call is one for a single thread. */
export function answerTogether(threads: readonly Bytes[], call: Call): Promise<Reply> | undefined {
  if (threads.length < 2) return undefined;
  if (call.path === checkPath) return checkAll(threads, call);
  return call.path === metricsPath ? collectFromAll(threads, call) : undefined;
}

/** The plugin serves when all of its threads do. */
async function checkAll(threads: readonly Bytes[], call: Call): Promise<Reply> {
  const replies = await Promise.all(threads.map((thread) => thread.unary(call)));
  const { SERVING } = HealthCheckResponse_ServingStatus;
  const serves = ({ message }: Reply) => decodeMessage(Health.method.check.output, message).status === SERVING;
  return (replies.find((reply) => !serves(reply)) ?? replies[0]) as Reply;
}

/** One of them makes one answer of what the others answer. */
async function collectFromAll([first, ...rest]: readonly Bytes[], call: Call): Promise<Reply> {
  const { input, output } = Diagnostics.method.collectMetrics;
  const { accept } = decodeMessage(input, call.message);
  const asked = encodeMessage(input, create(input, { accept: "application/json" }));
  const replies = await Promise.all(rest.map((thread) => thread.unary(withMessage(call, asked))));
  const others = replies.map(({ message }) => decodeMessage(output, message).body);
  return (first as Bytes).unary(withMessage(call, encodeMessage(input, create(input, { accept, others }))));
}

function withMessage({ path, method, metadata, deadline, signal }: Call, message: Uint8Array): Call {
  return { path, method, metadata, deadline, signal, message };
}
