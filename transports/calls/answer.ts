/** What answers the calls of one connection: services by their messages, or anything by its bytes. */
import type { Message } from "@bufbuild/protobuf";
import type { ByteHandler, Call, CallResponse, Routes } from "../connection.ts";
import { answerBytes, callBytes, copyMessage } from "./codec.ts";
import { failedResponse, unimplemented } from "./errors.ts";
import { invoke } from "./invoke.ts";
import { map, paced, untilAborted } from "./iterables.ts";
import { collectRoutes } from "./routes.ts";
import type { Send } from "./transport.ts";

/** Answers calls that crossed a boundary. */
export function createByteHandler(what: Routes | ByteHandler, maxMessageBytes: number): ByteHandler {
  if (typeof what !== "function") return what;
  const table = collectRoutes(what);
  return {
    call(call) {
      const implementation = table.get(call.path);
      if (implementation === undefined) return failedResponse(unimplemented(call.path));
      return answerBytes(implementation.spec.method, call, maxMessageBytes, (decoded) =>
        invoke(implementation, decoded),
      );
    },
  };
}

/** Sends calls over a boundary of which only the bytes are known. */
export function sendBytes(bytes: ByteHandler, maxMessageBytes: number): Send {
  return (method, call) => callBytes(method, call, maxMessageBytes, (encoded) => bytes.call(encoded));
}

/** Whether caller and implementation get copies of each other's messages, or the very same objects. */
export type MessagePassing = "copy" | "share";

/** Hands calls over where there is no boundary: nothing is encoded. */
export function sendDirectly(routes: Routes, messages: MessagePassing): Send {
  const table = collectRoutes(routes);
  return (method, outgoing) => {
    const implementation = table.get(outgoing.path);
    if (implementation === undefined) return failedResponse(unimplemented(outgoing.path));
    // A stream between two functions would hold the loop until its end.
    const pace = <T>(stream: AsyncIterable<T>) => (method.methodKind === "unary" ? stream : paced(stream));
    // A caller that gives up ends its input, and that is not the end of the request.
    const call = { ...outgoing, input: pace(untilAborted(outgoing.input, outgoing.signal)) };
    if (messages === "share") {
      const shared = invoke(implementation, call);
      return { ...shared, output: pace(shared.output) };
    }
    const copied: Call<Message> = { ...call, input: map(call.input, (message) => copyMessage(method.input, message)) };
    const response: CallResponse<Message> = invoke(implementation, copied);
    return { ...response, output: map(pace(response.output), (message) => copyMessage(method.output, message)) };
  };
}
