/** Brings calls to what answers them in the same memory. */
import type { Message } from "@bufbuild/protobuf";
import { answer, answerBytes, isAnswers, type Served } from "../calls/answer.ts";
import { copying } from "../calls/codec.ts";
import { type Carriers, overBytes } from "../calls/connection.ts";
import { paced, untilAborted } from "../calls/iterables.ts";
import type { Answers, Carrier } from "../connection.ts";

/** Whether caller and implementation get copies of each other's messages, or the very same objects. */
export type MessagePassing = "copy" | "share";

/**
 * @param maxMessageBytes for calls by their bytes; messages that are handed over have no length
 * @throws RangeError when two implementations are registered for one method
 */
export function carry(what: Served, passing: MessagePassing, maxMessageBytes: number): Carriers {
  if (typeof what !== "function" && !isAnswers(what))
    return overBytes(answerBytes(what, maxMessageBytes), maxMessageBytes);
  const answers = typeof what === "function" ? answer(what) : what;
  const messages = handingOver(answers);
  return {
    bytes: answerBytes(answers, maxMessageBytes),
    messages: passing === "share" ? messages : copying(messages),
  };
}

/** A unary call is a call of a function. A stream between two functions would hold the loop until its end, and is given turns of it. */
function handingOver(answers: Answers): Carrier<Message> {
  return {
    unary: (call) => answers.unary(call),
    stream(call) {
      const { path, method, metadata, deadline, signal } = call;
      // A caller that gives up ends its input, and that is not the end of the request.
      const input = paced(signal === undefined ? call.input : untilAborted(call.input, signal));
      const { header, trailer, output } = answers.stream({ path, method, metadata, deadline, signal, input });
      return { header, trailer, output: paced(output) };
    },
  };
}
