/**
 * A plugin on several threads, each of which is an instance of its own below: a call goes to the one that has the fewest, and a thread that
 * ends is started again while the others go on.
 */

import { errorText } from "../../src/values/error-text.ts";
import { encoding } from "../calls/codec.ts";
import { connectionOver } from "../calls/connection.ts";
import { describeExit } from "../calls/errors.ts";
import { createInstanceEnd } from "../calls/instance-end.ts";
import { abortReason } from "../calls/iterables.ts";
import { failedReply } from "../calls/lanes.ts";
import { refusingBroker } from "../calls/refusing-broker.ts";
import { watchStream, watchUnary } from "../calls/watch.ts";
import type { Carrier } from "../connection.ts";
import { type Backoff, backoffMs } from "../time/backoff.ts";
import { sleep } from "../time/sleep.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  type Launch,
  type PluginExit,
  type PluginInstance,
} from "../transport.ts";
import { answerTogether } from "./together.ts";

interface Thread {
  readonly instance: PluginInstance;
  readonly startedAt: number;
  /** How often in a row it or one before it has ended soon. */
  readonly failures: number;
  /** Calls that it has not answered yet. */
  calls: number;
}

/** Between the end of a thread and the next in its stead. */
const restarts: Backoff = { firstMs: 100, maxMs: 30_000 };
/** A thread that lasts so long has not failed. */
const steadyMs = 60_000;

/**
 * @param start launches one thread
 * @throws LaunchError when one of them does not start
 */
export async function launchThreads(
  count: number,
  launch: Launch,
  start: (launch: Launch) => Promise<PluginInstance>,
): Promise<PluginInstance> {
  const { name, generation, maxMessageBytes = defaultMaxMessageBytes } = launch;
  const end = createInstanceEnd(name, generation);
  /** Aborts when no thread is to be started any more. */
  const ending = new AbortController();
  const starting = new Set<Promise<unknown>>();
  let threads: Thread[] = [];
  /** Why the last thread that ended did. */
  let why = "";

  function add(instance: PluginInstance, failures: number): void {
    const thread: Thread = { instance, startedAt: performance.now(), failures, calls: 0 };
    threads.push(thread);
    void instance.exited.then((exit) => {
      threads = threads.filter((other) => other !== thread);
      if (ending.signal.aborted) return;
      if (threads.length === 0) return finish(exit);
      why = describeExit(exit);
      tell(`one of its ${count} threads ended: ${why}`);
      const isSteady = performance.now() - thread.startedAt >= steadyMs;
      track(restart(isSteady ? 1 : thread.failures + 1));
    });
  }

  async function restart(failures: number): Promise<void> {
    const { signal } = ending;
    await sleep(backoffMs(restarts, failures), { signal });
    if (signal.aborted) return;
    try {
      const instance = await start({ ...launch, signal });
      add(instance, failures);
    } catch (error) {
      if (signal.aborted) return;
      why = errorText(error);
      tell(`one of its ${count} threads did not start again: ${why}`);
      return restart(failures + 1);
    }
  }

  function track(work: Promise<unknown>): void {
    starting.add(work);
    void work.finally(() => starting.delete(work));
  }

  function tell(message: string): void {
    launch.onLog({ level: "error", message, time: Date.now(), fields: {}, source: "host" });
  }

  function finish(exit: PluginExit): void {
    ending.abort();
    end.end(exit);
  }

  /** Ends all of them, and then the instance: as the first of them that did not end as it should. */
  async function endAll(endOne: (instance: PluginInstance) => Promise<PluginExit>): Promise<PluginExit> {
    ending.abort();
    const instances = threads.map(({ instance }) => instance);
    const exits = await Promise.all(instances.map(endOne));
    await Promise.all(starting);
    // One that was ready at that very moment.
    exits.push(...(await Promise.all(threads.map(({ instance }) => endOne(instance)))));
    const exit = exits.find(({ reason }) => reason !== "clean") ?? exits[0];
    if (exit !== undefined) end.end(exit);
    return end.exited;
  }

  const stop: PluginInstance["stop"] = (options) => endAll((instance) => instance.stop(options));
  const kill = (reason?: ExitReason): void => {
    void endAll((instance) => {
      instance.kill(reason);
      return instance.exited;
    });
  };

  function leastBusy(): Thread | undefined {
    let least = threads[0];
    for (const thread of threads) if (least !== undefined && thread.calls < least.calls) least = thread;
    return least;
  }

  const bytes: Carrier<Uint8Array> = {
    unary(call) {
      const together = answerTogether(
        threads.map(({ instance }) => instance.bytes),
        call,
      );
      if (together !== undefined) return together;
      const thread = leastBusy();
      if (thread === undefined) return Promise.reject(abortReason(end.ended));
      thread.calls++;
      return watchUnary(thread.instance.bytes.unary(call), () => thread.calls--);
    },
    stream(call) {
      const thread = leastBusy();
      if (thread === undefined) return failedReply(abortReason(end.ended));
      thread.calls++;
      return watchStream(thread.instance.bytes.stream(call), () => thread.calls--);
    },
  };

  const launched = await Promise.allSettled(Array.from({ length: count }, () => start(launch)));
  for (const outcome of launched) if (outcome.status === "fulfilled") add(outcome.value, 0);
  const failed = launched.find((outcome) => outcome.status === "rejected");
  const [first] = threads;
  if (failed !== undefined || first === undefined) {
    kill();
    if (first !== undefined) await end.exited;
    throw failed?.reason;
  }
  return {
    ...connectionOver({ bytes, messages: encoding(bytes, maxMessageBytes) }, async () => kill()),
    broker: refusingBroker(count),
    facts: first.instance.facts,
    ended: end.ended,
    exited: end.exited,
    async fault() {
      const missing = count - threads.length;
      return missing === 0 ? undefined : `${missing} of ${count} threads do not run: ${why}`;
    },
    stop,
    kill,
  };
}
