/** Calls that are counted, each exactly once and however it ends, answered, failed, abandoned or cut off: those that a plugin answers, and those that it makes. */
import type { Code, ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { Broker } from "../../transports/broker.ts";
import { errorFromHandler } from "../../transports/calls/errors.ts";
import { abortReason, map } from "../../transports/calls/iterables.ts";
import type { Routes } from "../../transports/connection.ts";
import type { CallTally } from "../metrics/call-tally.ts";

export function meteredRoutes(routes: Routes, tally: CallTally): Routes {
  const meter = createMeter(tally);
  return (router) => {
    const metered: ConnectRouter = {
      handlers: router.handlers,
      service(service, implementation, options) {
        router.service(service, implementation, {
          ...options,
          interceptors: [meter, ...(options?.interceptors ?? [])],
        });
        return this;
      },
      rpc(method, implement, options) {
        router.rpc(method, implement, { ...options, interceptors: [meter, ...(options?.interceptors ?? [])] });
        return this;
      },
    };
    routes(metered);
  };
}

/**
 * A broker whose typed services are counted too, and the typed calls over the connections that are dialled at it. What is forwarded as
 * bytes is counted where it is answered.
 */
export function meteredBroker(
  broker: Broker,
  tallies: { readonly answered: CallTally; readonly made: CallTally },
): Broker {
  const interceptors = [createMeter(tallies.made)];
  return {
    serve: (what) => broker.serve(typeof what === "function" ? meteredRoutes(what, tallies.answered) : what),
    dial: (id, options) =>
      broker.dial(id, { ...options, interceptors: [...interceptors, ...(options?.interceptors ?? [])] }),
  };
}

/** The same on both sides: it counts by the call's method. */
function createMeter(tally: CallTally): Interceptor {
  return (next) => async (request) => {
    const { method, signal } = request;
    const called = { service: method.parent.typeName, method: method.name, kind: method.methodKind };
    const count = tally.begin(called);
    const end = (code?: Code) => {
      signal.removeEventListener("abort", onAbort);
      count(code);
    };
    // An implementation may run on after its caller has given up.
    const onAbort = () => end(abortReason(signal).code);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      if (!request.stream) {
        const response = await next(request);
        end();
        return response;
      }
      const messages = tally.messages(called);
      const counted = map(request.message, (message) => {
        messages.request();
        return message;
      });
      const response = await next({ ...request, message: counted });
      if (response.stream) return { ...response, message: countedToEnd(response.message, messages.response, end) };
      end();
      return response;
    } catch (error) {
      end(errorFromHandler(error).code);
      throw error;
    }
  };
}

/** A stream that is not read to its end is counted when its call's signal aborts, as every call's does when it ends. */
async function* countedToEnd<T>(
  messages: AsyncIterable<T>,
  count: () => void,
  end: (code?: Code) => void,
): AsyncGenerator<T> {
  try {
    for await (const message of messages) {
      count();
      yield message;
    }
    end();
  } catch (error) {
    end(errorFromHandler(error).code);
    throw error;
  }
}
