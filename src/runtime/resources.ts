/**
 * Things made through a plugin that belong to one of its lives: a relayer, a provider, a reporting plugin. Made when somebody
 * asks, made again in the next life, and no lock is held meanwhile: everybody waits under his own deadline.
 */

import type { Broker } from "../../transports/broker.ts";
import { deadlineExceeded } from "../../transports/calls/errors.ts";
import { ignore, untilAbortedOnce } from "../../transports/calls/iterables.ts";
import type { Connection } from "../../transports/connection.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import type { RunningInstance } from "./running-instance.ts";

/** The life that a resource is made in. */
export interface InstanceContext extends Connection {
  readonly broker: Broker;
  readonly generation: number;
  /** Aborts when the life ends. */
  readonly signal: AbortSignal;
}

/** Which life a context speaks of. */
const contexts = new WeakMap<InstanceContext, RunningInstance>();

export interface ResourceOptions<T> {
  /** Makes the resource. Called once for each life in which somebody asks, again after a failure. */
  create(life: InstanceContext): Promise<T>;
  /** Takes it away when its life is replaced or the resource is disposed; not after a crash, when there is nothing to take away. */
  dispose?(value: T): void | PromiseLike<void>;
}

export interface Resource<T> extends AsyncDisposable {
  /**
   * The resource of the present life, waiting for the life and for the making.
   * @throws ConnectError Unavailable when there is no life to come, DeadlineExceeded when his time ends first, the caller's own reason
   * when his signal does, and whatever `create` throws
   */
  get(options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<T>;
  /** The resource of the life that another resource of the same plugin is being made in. */
  within(life: InstanceContext): Promise<T>;
}

/** What the supervisor does with a resource of its plugin. */
export interface OwnedResource {
  /** Makes it in a life that is about to become the present one, if it is in use. Tells whether it was. */
  recreate(running: RunningInstance): Promise<boolean>;
  /** Takes away what was made in a life that is no longer the present one. What is still being made is not waited for. */
  release(running: RunningInstance): Promise<void>;
}

export function createResource<T>(
  { create, dispose }: ResourceOptions<T>,
  acquire: (options?: { signal?: AbortSignal }) => Promise<RunningInstance>,
  onDispose: () => void,
): Resource<T> & OwnedResource {
  const made = new Map<RunningInstance, { readonly value: Promise<T>; isThere: boolean }>();
  let wanted = false;
  let disposed = false;

  function refuseDisposed(): void {
    if (disposed) throw new Error("Cannot get a resource that was disposed");
  }

  function make(running: RunningInstance): Promise<T> {
    // Nobody would take away what is made now for somebody who has waited for the life.
    refuseDisposed();
    const existing = made.get(running);
    if (existing !== undefined) return existing.value;
    const { instance, generation } = running;
    const context: InstanceContext = { ...instance, generation, signal: running.instance.ended };
    contexts.set(context, running);
    const making = { value: create(context), isThere: false };
    wanted = true;
    made.set(running, making);
    making.value.then(
      () => {
        making.isThere = true;
      },
      // A failure is for those who wait now; whoever asks next tries again.
      () => made.delete(running),
    );
    running.instance.ended.addEventListener("abort", () => made.delete(running), { once: true });
    return making.value;
  }

  async function release(running: RunningInstance): Promise<void> {
    const making = made.get(running);
    made.delete(running);
    if (making === undefined || dispose === undefined || running.instance.ended.aborted) return;
    // Best effort: the life is going anyway.
    const taken = making.value.then(dispose).catch(ignore);
    // What never comes would be waited for in vain; what comes late is taken away then.
    if (making.isThere) await taken;
  }

  async function get(signal: AbortSignal | undefined): Promise<T> {
    return untilAbortedOnce(make(await acquire(signal === undefined ? {} : { signal })), signal);
  }

  return {
    async get({ signal, timeoutMs } = {}) {
      refuseDisposed();
      if (timeoutMs === undefined) return get(signal);
      const late = () => deadlineExceeded("the resource was not there in time");
      return withDeadline({ signal, timeoutMs, late }, get);
    },
    async within(life) {
      const running = contexts.get(life);
      if (running === undefined)
        throw new TypeError("Cannot make a resource: the life is not one that a resource is made in");
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
