/** Calls as those see them that count: each once, with its end, whatever ends it. */
import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { watchStream, watchUnary } from "../../transports/calls/watch.ts";
import type { Called, Carrier } from "../../transports/connection.ts";

/** The four shapes of a call. */
export type CallKind = DescMethod["methodKind"];

/** A call as observers see it: the same object for each call of one method. */
export interface ObservedCall {
  readonly plugin: string;
  /** The service's full name, such as `grpc.health.v1.Health`. */
  readonly service: string;
  readonly method: string;
  /** `undefined` for a call of which only the bytes are known. */
  readonly kind: CallKind | undefined;
}

/**
 * Called when a call is sent, or has found no instance. The function that it returns is called when the call ends, with the error if it
 * ended in one, and with how long it took; it may be the same for many calls. Neither may throw.
 */
export type CallObserver = (
  call: ObservedCall,
) => ((error: ConnectError | undefined, tookMs: number) => void) | undefined;

/** What an observer is told of one plugin's calls. */
export interface CallObservation {
  /** The same carrier, of whose calls the observer is told. */
  over<T>(carrier: Carrier<T>): Carrier<T>;
  /** Tells of a call that could not be sent. */
  missed(call: Called, error: ConnectError): void;
}

export function observeCalls(plugin: string, observer: CallObserver): CallObservation {
  const known = new WeakMap<DescMethod, ObservedCall>();

  function describe({ method, path }: Called): ObservedCall {
    if (method === undefined) return { plugin, ...splitPath(path), kind: undefined };
    let call = known.get(method);
    if (call === undefined) {
      call = { plugin, service: method.parent.typeName, method: method.name, kind: method.methodKind };
      known.set(method, call);
    }
    return call;
  }

  return {
    over: (carrier) => ({
      unary(call) {
        const end = observer(describe(call));
        if (end === undefined) return carrier.unary(call);
        const begun = performance.now();
        return watchUnary(carrier.unary(call), (error) => end(error, performance.now() - begun));
      },
      stream(call) {
        const end = observer(describe(call));
        if (end === undefined) return carrier.stream(call);
        const begun = performance.now();
        return watchStream(carrier.stream(call), (error) => end(error, performance.now() - begun));
      },
    }),
    missed: (call, error) => observer(describe(call))?.(error, 0),
  };
}

/** The service and the method of `/package.Service/Method`. */
function splitPath(path: string): { service: string; method: string } {
  const slash = path.lastIndexOf("/");
  return { service: path.slice(1, Math.max(1, slash)), method: path.slice(slash + 1) };
}
