/**
 * Hooks see every call that the host makes to an instance, on the main connection and on every connection dialled through the
 * instance's broker, typed or as bytes. Metrics and faults are such hooks; attach.ts attaches them.
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
  /** Aborts when the caller gives up, its deadline passes, the instance ends, or the call has ended. The reason is a ConnectError. */
  readonly signal: AbortSignal;
}

/**
 * Looks at a call before it is sent. It may wait: the caller's deadline and signal and the end of the instance still end the call.
 * It may throw: then the call is not sent. `undefined` means that the hook has nothing to do; a call that no hook watches needs no
 * timer, no listener and no promise beyond its own.
 */
export type CallHook = (call: HookedCallInfo) => CallWatch | undefined | Promise<CallWatch | undefined>;

/** What a hook does with a call after it was sent. */
export interface CallWatch {
  /** Called when the transport has the call. */
  sent?(): void;
  /** Awaited when the plugin has begun to answer, before the caller sees the answer; also when it answers with an error. */
  beforeAnswer?(): void | Promise<void>;
  /** Awaited before each message of the answer to a streaming call, or to a call as bytes. */
  beforeMessage?(): void | Promise<void>;
  /** Called exactly once, whatever ends the call: its answer, an error, the caller, a deadline, the end of the instance. Must not throw. */
  end?(error?: ConnectError): void;
}

/** An instance as its hooks know it. */
export interface HookedInstance {
  readonly generation: number;
  /** Ends it by force. */
  kill(): void;
}

/** A call as observers see it. */
export interface ObservedCall {
  readonly plugin: string;
  readonly service: string;
  readonly method: string;
  /** `undefined` for a call of which only the bytes are known. */
  readonly kind: CallKind | undefined;
}

/** Called when a call is sent, or has found no instance; the function that it returns is called when the call ends. Neither may throw. */
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
