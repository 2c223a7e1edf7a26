/**
 * Things made through a plugin that belong to one of its instances: a relayer, a provider, a reporting plugin. They are made when
 * first asked for and made again in the next instance. No lock is held meanwhile: each caller waits for its own deadline.
 */

import type { Broker } from "../../transports/broker.ts";
import { checkTimeout, deadlineExceeded } from "../../transports/calls/errors.ts";
import { ignore, untilAbortedOnce } from "../../transports/calls/iterables.ts";
import type { CallSignal, Connection } from "../../transports/connection.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import type { RunningInstance } from "./running-instance.ts";

/** The instance that a resource is made in. */
export interface InstanceContext extends Connection {
  readonly broker: Broker;
  readonly generation: number;
  /** Aborts when the instance ends. */
  readonly signal: AbortSignal;
}

/** The instance of each context. */
const contexts = new WeakMap<InstanceContext, RunningInstance>();

export interface ResourceOptions<T> {
  /** Makes the resource. Called once for each instance in which it is asked for, and again after a failure. */
  create(instance: InstanceContext): Promise<T>;
  /** Called when its instance is stopped or replaced, or the resource is disposed; not after a crash, when there is nothing to dispose. */
  dispose?(value: T): void | PromiseLike<void>;
}

export interface Resource<T> extends AsyncDisposable {
  /**
   * The resource of the current instance. Waits for the instance and for the resource.
   * @throws ConnectError Unavailable when no instance is starting, DeadlineExceeded when the caller's time ends first, the signal's
   * reason when it aborts first, and whatever `create` throws
   */
  get(options?: { signal?: CallSignal | undefined; timeoutMs?: number }): Promise<T>;
  /** The resource of the instance that another resource of the same plugin is being made in. */
  within(instance: InstanceContext): Promise<T>;
}

/** What the supervisor does with a resource of its plugin. */
export interface OwnedResource {
  /** Makes it in an instance that is about to become the current one, if the resource is in use. Resolves to whether it is. */
  recreate(running: RunningInstance): Promise<boolean>;
  /** Disposes what was made in an instance that is no longer the current one. What is still being made is not waited for. */
  release(running: RunningInstance): Promise<void>;
}

export function createResource<T>(
  { create, dispose }: ResourceOptions<T>,
  acquire: (options?: { signal?: CallSignal | undefined }) => Promise<RunningInstance>,
  onDispose: () => void,
): Resource<T> & OwnedResource {
  const made = new Map<RunningInstance, { readonly value: Promise<T>; isMade: boolean }>();
  let wanted = false;
  let disposed = false;

  function refuseDisposed(): void {
    if (disposed) throw new Error("Cannot get a resource that was disposed");
  }

  function make(running: RunningInstance): Promise<T> {
    // A caller may have waited for the instance until after the disposal: what it got would never be disposed.
    refuseDisposed();
    const existing = made.get(running);
    if (existing !== undefined) return existing.value;
    const { instance, generation } = running;
    const context: InstanceContext = { ...instance, generation, signal: running.instance.ended };
    contexts.set(context, running);
    const making = { value: create(context), isMade: false };
    wanted = true;
    made.set(running, making);
    making.value.then(
      () => {
        making.isMade = true;
      },
      // A failure is for the callers that wait now; the next one tries again.
      () => made.delete(running),
    );
    running.instance.ended.addEventListener("abort", () => made.delete(running), { once: true });
    return making.value;
  }

  async function release(running: RunningInstance): Promise<void> {
    const making = made.get(running);
    made.delete(running);
    if (making === undefined || dispose === undefined || running.instance.ended.aborted) return;
    // Best effort: the instance ends anyway.
    const disposing = making.value.then(dispose).catch(ignore);
    // What is not made yet may never be; if it is made later, it is disposed then.
    if (making.isMade) await disposing;
  }

  async function get(signal: CallSignal | undefined): Promise<T> {
    return untilAbortedOnce(make(await acquire({ signal })), signal);
  }

  return {
    async get({ signal, timeoutMs } = {}) {
      refuseDisposed();
      checkTimeout(timeoutMs);
      if (timeoutMs === undefined) return get(signal);
      const late = () => deadlineExceeded("the resource was not made in time");
      return withDeadline({ signal, timeoutMs, late }, get);
    },
    async within(instance) {
      const running = contexts.get(instance);
      if (running === undefined)
        throw new TypeError(
          "Cannot make the resource: `within` takes the instance that a resource's `create` was given",
        );
      return make(running);
    },
    async recreate(running) {
      if (!wanted || disposed) return false;
      await make(running);
      return true;
    },
    release,
    async [Symbol.asyncDispose]() {
      disposed = true;
      onDispose();
      await Promise.all([...made.keys()].map(release));
    },
  };
}
