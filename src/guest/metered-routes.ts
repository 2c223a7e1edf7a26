/** Services whose calls are counted, each exactly once and however it ends: answered, failed, abandoned or cut off. */
import type { Code, ConnectRouter, Interceptor } from "@connectrpc/connect";
import type { Broker } from "../../transports/broker.ts";
import { errorFromHandler } from "../../transports/calls/errors.ts";
import { abortReason } from "../../transports/calls/iterables.ts";
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

/** A broker whose typed services are counted too. What it forwards as bytes is counted where it is answered. */
export function meteredBroker(broker: Broker, tally: CallTally): Broker {
  return {
    serve: (what) => broker.serve(typeof what === "function" ? meteredRoutes(what, tally) : what),
    dial: (id, options) => broker.dial(id, options),
  };
}

function createMeter(tally: CallTally): Interceptor {
  return (next) => async (request) => {
    const { method, signal } = request;
    const count = tally.begin({ service: method.parent.typeName, method: method.name, kind: method.methodKind });
    const end = (code?: Code) => {
      signal.removeEventListener("abort", onAbort);
      count(code);
    };
    // An implementation may run on after its caller has given up.
    const onAbort = () => end(abortReason(signal).code);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      const response = await next(request);
      if (response.stream) return { ...response, message: countedAtEnd(response.message, end) };
      end();
      return response;
    } catch (error) {
      end(errorFromHandler(error).code);
      throw error;
    }
  };
}

/** A stream that is not read to its end is counted when its call's signal aborts, as every call's does when it ends. */
async function* countedAtEnd<T>(messages: AsyncIterable<T>, end: (code?: Code) => void): AsyncGenerator<T> {
  try {
    yield* messages;
    end();
  } catch (error) {
    end(errorFromHandler(error).code);
    throw error;
  }
}
