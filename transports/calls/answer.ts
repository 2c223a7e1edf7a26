/** What answers calls: services by their messages, or anything by its bytes. */
import type { Answers, Carrier, Routes } from "../connection.ts";
import { decoding } from "./codec.ts";
import { errorFromHandler, unimplemented } from "./errors.ts";
import { invokeStream, invokeUnary } from "./invoke.ts";
import { ignore } from "./iterables.ts";
import { failedReply, streamOverUnary, unaryOverStream } from "./lanes.ts";
import { OpenCalls } from "./open-calls.ts";
import { collectRoutes } from "./routes.ts";

/** Answers calls with the services that `routes` registers. @throws RangeError when two are registered for one method */
export function answer(routes: Routes): Answers {
  const table = collectRoutes(routes);
  const calls = new OpenCalls();
  const answers: Answers = {
    methodOf: (path) => table.get(path)?.spec.method,
    isUnary(path) {
      const implementation = table.get(path);
      return implementation === undefined ? undefined : implementation.spec.kind === "unary";
    },
    unary(call) {
      const implementation = table.get(call.path);
      if (implementation === undefined) return Promise.reject(unimplemented(call.path));
      const { spec, interceptors } = implementation;
      if (spec.kind === "unary" && interceptors.length === 0) return invokeUnary(spec, call, calls);
      return unaryOverStream(answers.stream)(call);
    },
    stream(call) {
      const implementation = table.get(call.path);
      if (implementation === undefined) return failedReply(unimplemented(call.path));
      const { spec, interceptors } = implementation;
      if (spec.kind === "unary" && interceptors.length === 0) return streamOverUnary(answers.unary)(call);
      return invokeStream(implementation, call, calls);
    },
  };
  return answers;
}

/** What a broker serves, or a plugin on its main connection. */
export type Served = Routes | Answers | Carrier<Uint8Array>;

export function isAnswers(what: Answers | Carrier<Uint8Array>): what is Answers {
  return "methodOf" in what;
}

/** Answers calls that have crossed a boundary. @throws RangeError when two implementations are registered for one method */
export function answerBytes(what: Served, maxMessageBytes: number): Carrier<Uint8Array> {
  if (typeof what === "function") return decoding(answer(what), maxMessageBytes);
  return isAnswers(what) ? decoding(what, maxMessageBytes) : guarded(what);
}

/** Whatever a user's own carrier throws or rejects with is an error of the call, as where an implementation stands behind it. */
function guarded(carrier: Carrier<Uint8Array>): Carrier<Uint8Array> {
  return {
    async unary(call) {
      try {
        return await carrier.unary(call);
      } catch (thrown) {
        throw errorFromHandler(thrown);
      }
    },
    stream(call) {
      try {
        const reply = carrier.stream(call);
        const header = reply.header.catch(rethrow);
        const trailer = reply.trailer.catch(rethrow);
        header.catch(ignore);
        trailer.catch(ignore);
        return { header, output: guardedOutput(reply.output), trailer };
      } catch (thrown) {
        return failedReply(errorFromHandler(thrown));
      }
    },
    isUnary: (path) => carrier.isUnary?.(path),
  };
}

async function* guardedOutput(output: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* output;
  } catch (thrown) {
    rethrow(thrown);
  }
}

function rethrow(thrown: unknown): never {
  throw errorFromHandler(thrown);
}
