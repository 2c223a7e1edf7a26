/** Calls that are counted, each exactly once and however it ends, answered, failed, abandoned or cut off: those that a plugin answers, and those that it makes. */
import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { Broker } from "../../transports/broker.ts";
import { answer } from "../../transports/calls/answer.ts";
import { connectionOver } from "../../transports/calls/connection.ts";
import { abortReason, map } from "../../transports/calls/iterables.ts";
import { watchStream, watchUnary } from "../../transports/calls/watch.ts";
import type { Answers, Called, Carrier, Routes } from "../../transports/connection.ts";
import type { CallTally, MethodCounter } from "../metrics/call-tally.ts";

/** Answers with services, and counts the calls. @throws RangeError when two implementations are registered for one method */
export function countedAnswers(routes: Routes, tally: CallTally): Answers {
  const answers = answer(routes);
  const counted = countedCalls(answers, tally, ({ path }) => answers.methodOf(path));
  return { ...answers, ...counted };
}

/**
 * A broker whose typed services are counted too, and the typed calls over the connections that are dialled at it. What is forwarded as
 * bytes is counted where it is answered.
 */
export function countedBroker(
  broker: Broker,
  tallies: { readonly answered: CallTally; readonly made: CallTally },
): Broker {
  return {
    serve: (what) => broker.serve(typeof what === "function" ? countedAnswers(what, tallies.answered) : what),
    async dial(id, { interceptors = [], ...options } = {}) {
      const connection = await broker.dial(id, options);
      const messages = countedCalls(connection.messages, tallies.made, ({ method }) => method);
      return connectionOver({ bytes: connection.bytes, messages }, async () => connection[Symbol.asyncDispose](), {
        interceptors,
      });
    },
  };
}

/** @param methodOf calls of methods that are not known are not counted: paths come from outside */
function countedCalls(
  carrier: Carrier<Message>,
  tally: CallTally,
  methodOf: (call: Called) => DescMethod | undefined,
): Carrier<Message> {
  const counters = new WeakMap<DescMethod, MethodCounter>();

  function counterOf(call: Called): MethodCounter | undefined {
    const method = methodOf(call);
    if (method === undefined) return undefined;
    let counter = counters.get(method);
    if (counter === undefined) {
      counter = tally.of({ service: method.parent.typeName, method: method.name, kind: method.methodKind });
      counters.set(method, counter);
    }
    return counter;
  }

  return {
    unary(call) {
      const counter = counterOf(call);
      if (counter === undefined) return carrier.unary(call);
      const end = endOf(call, counter);
      return watchUnary(carrier.unary(call), end);
    },
    stream(call) {
      const counter = counterOf(call);
      if (counter === undefined) return carrier.stream(call);
      const { path, method, metadata, deadline, signal } = call;
      const input = map(call.input, (message) => {
        counter.request();
        return message;
      });
      const end = endOf(call, counter);
      return watchStream(carrier.stream({ path, method, metadata, deadline, signal, input }), end, counter.response);
    },
  };
}

/** Counts the beginning of a call. @returns what counts its end */
function endOf({ signal }: Called, counter: MethodCounter): (error?: ConnectError) => void {
  counter.begin();
  const begun = performance.now();
  let hasEnded = false;
  const end = (error?: ConnectError) => {
    if (hasEnded) return;
    hasEnded = true;
    signal?.removeEventListener("abort", onAbort);
    counter.end(performance.now() - begun, error?.code);
  };
  // An implementation may run on after its caller has given up.
  const onAbort = () => end(signal === undefined ? undefined : abortReason(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  return end;
}
