/**
 * What may look at every call that the host makes to a life, on the main connection and on every connection that is dialled
 * through the life's broker, typed or by its bytes. Metrics and faults are such hooks; hook-calls.ts puts them in place.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";

/** The four shapes of a call. */
export type CallKind = DescMethod["methodKind"];

/** A call that is about to be sent. */
export interface HookedCallInfo {
  /** `/package.Service/Method` */
  readonly path: string;
  /** The service's full name, such as `grpc.health.v1.Health`. */
  readonly service: string;
  readonly method: string;
  /** `undefined` for a call of which only the bytes are known. */
  readonly kind: CallKind | undefined;
  /** Aborts when the caller gives up, his deadline passes, the life ends, or the call has ended. The reason is a ConnectError. */
  readonly signal: AbortSignal;
}

/**
 * Looks at a call before it is sent. It may wait, and the caller's deadline, his signal and the end of the life go on holding
 * meanwhile; or throw, and the call is not sent. `undefined` says that there is nothing to do, and costs nothing.
 */
export type CallHook = (call: HookedCallInfo) => CallWatch | undefined | Promise<CallWatch | undefined>;

/** What a hook does with a call later on. */
export interface CallWatch {
  /** Called once the call is with the transport. */
  sent?(): void;
  /** Waited for when the plugin has begun to answer, before the caller hears of it; also when it answers with an error. */
  beforeAnswer?(): void | Promise<void>;
  /** Waited for before each message of the answer to a streaming call, or one by its bytes. */
  beforeMessage?(): void | Promise<void>;
  /** Called exactly once, whatever ends the call: its answer, an error, the caller, his deadline, the end of the life. Must not throw. */
  end?(error?: ConnectError): void;
}

/** A life as its hooks know it. */
export interface HookedInstance {
  readonly generation: number;
  /** Ends it by force. */
  kill(): void;
}

/** A call, as those who only count calls are told of it. */
export interface ObservedCall {
  readonly plugin: string;
  readonly service: string;
  readonly method: string;
  /** `undefined` for a call of which only the bytes are known. */
  readonly kind: CallKind | undefined;
}

/** Told of a call when it is sent, or has failed to find a life; what it returns is told of the call's end. Neither may throw. */
export type CallObserver = (call: ObservedCall) => ((error?: ConnectError) => void) | undefined;

/** An observer as a hook of one plugin's calls. */
export function observe(plugin: string, observer: CallObserver): CallHook {
  return ({ service, method, kind }) => {
    const end = observer({ plugin, service, method, kind });
    return end === undefined ? undefined : { end };
  };
}

/** The service and the method of `/package.Service/Method`. */
export function splitPath(path: string): { service: string; method: string } {
  const slash = path.lastIndexOf("/");
  return { service: path.slice(1, Math.max(1, slash)), method: path.slice(slash + 1) };
}
