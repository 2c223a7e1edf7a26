/** Runs an implementation for one call: the end of every call's way, on every transport. */
import type { Message } from "@bufbuild/protobuf";
import { createHandlerContext } from "@connectrpc/connect";
import type { Call, CallResponse } from "../connection.ts";
import { deadlineOf } from "../time/deadline.ts";
import { transformInvokeImplementation } from "./connect.ts";
import { withMetadata } from "./connect-error.ts";
import { errorFromHandler } from "./errors.ts";
import { callEnded, eager, ignore } from "./iterables.ts";
import type { Implementation } from "./routes.ts";

export function invoke(implementation: Implementation, call: Call<Message>): CallResponse<Message> {
  const { spec, interceptors } = implementation;
  const header = Promise.withResolvers<Headers>();
  const trailer = Promise.withResolvers<Headers>();
  header.promise.catch(ignore);
  trailer.promise.catch(ignore);

  // Also where it came over a link, whose peer may send any number: a timer that is too long fires at once.
  const timeoutMs = deadlineOf(call.timeoutMs);
  async function* run(): AsyncGenerator<Message> {
    const context = createHandlerContext({
      service: spec.method.parent,
      method: spec.method,
      protocolName: "grpc",
      requestMethod: "POST",
      url: `http://plugin${call.path}`,
      requestHeader: call.header,
      requestSignal: call.signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    try {
      for await (const message of transformInvokeImplementation(spec, context, [...interceptors])(call.input)) {
        header.resolve(context.responseHeader);
        yield message;
      }
      header.resolve(context.responseHeader);
      trailer.resolve(context.responseTrailer);
    } catch (thrown) {
      const error = withMetadata(errorFromHandler(thrown), context.responseTrailer);
      header.resolve(context.responseHeader);
      trailer.reject(error);
      throw error;
    } finally {
      // Ends the deadline's timer, and whatever the implementation left running under the call's signal.
      context.abort(callEnded);
    }
  }
  return { header: header.promise, output: eager(run()), trailer: trailer.promise };
}
