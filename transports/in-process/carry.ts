/** Brings calls to what answers them in the same memory. */
import type { Message } from "@bufbuild/protobuf";
import { answer, answerBytes, isAnswers, type Served } from "../calls/answer.ts";
import { type Carriers, overBytes } from "../calls/connection.ts";
import { copyMessage } from "../calls/copy.ts";
import { map, paced, untilAborted } from "../calls/iterables.ts";
import type { Answers, Carrier } from "../connection.ts";

/** Whether caller and implementation get copies of each other's messages, or the very same objects. */
export type MessagePassing = "copy" | "share";

/**
 * @param maxMessageBytes for calls by their bytes; messages that are handed over have no length
 * @throws RangeError when two implementations are registered for one method
 */
export function carry(what: Served, passing: MessagePassing, maxMessageBytes: number): Carriers {
  if (typeof what !== "function" && !isAnswers(what)) {
    return overBytes(answerBytes(what, maxMessageBytes), maxMessageBytes);
  }
  const answers = typeof what === "function" ? answer(what) : what;
  const messages = handingOver(answers);
  return {
    bytes: answerBytes(answers, maxMessageBytes),
    messages: passing === "share" ? messages : copying(messages, answers),
  };
}

/** A unary call is a call of a function. A stream between two functions would hold the loop until its end, and is given turns of it. */
function handingOver(answers: Answers): Carrier<Message> {
  return {
    unary: answers.unary,
    stream(call) {
      const { path, method, metadata, deadline, signal } = call;
      // A caller that gives up ends its input, and that is not the end of the request.
      const input = paced(signal === undefined ? call.input : untilAborted(call.input, signal));
      const { header, trailer, output } = answers.stream({ path, method, metadata, deadline, signal, input });
      return { header, trailer, output: paced(output) };
    },
  };
}

/** Neither side sees what the other does with its own messages. */
function copying(carrier: Carrier<Message>, { methodOf }: Answers): Carrier<Message> {
  return {
    async unary(call) {
      const { path, metadata, deadline, signal } = call;
      const method = methodOf(path);
      // It is answered with an error.
      if (method === undefined) return carrier.unary(call);
      const message = copyMessage(method.input, call.message);
      const reply = await carrier.unary({ path, method, metadata, deadline, signal, message });
      return { message: copyMessage(method.output, reply.message), header: reply.header, trailer: reply.trailer };
    },
    stream(call) {
      const { path, metadata, deadline, signal } = call;
      const method = methodOf(path);
      if (method === undefined) return carrier.stream(call);
      const input = map(call.input, (message) => copyMessage(method.input, message));
      const { header, trailer, output } = carrier.stream({ path, method, metadata, deadline, signal, input });
      return { header, trailer, output: map(output, (message) => copyMessage(method.output, message)) };
    },
  };
}
