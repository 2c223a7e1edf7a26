/**
 * How a thread that does not yield is ended on Deno, whose terminate() lets it run on until it yields, unless it holds a Web Lock: then
 * it is interrupted. An interruption while Deno loads a module of its own ends the whole process, though. So a guest holds a lock once
 * its plugin is ready, and gives it back when the host asks for it, which a thread that yields does at once; only one that does not
 * answer is interrupted.
 */
import type { MessagePort } from "node:worker_threads";
import { ignore } from "../calls/iterables.ts";
import { settleWithin } from "../time/settle.ts";

const request = "loopp:yield";
const answer = "loopp:yielded";

/** How long a guest may take to answer: far longer than any module of Deno's takes to load. */
const patienceMs = 500;

/** @param port from the host */
export function createInterruption(port: MessagePort): { allow(): void } {
  const asked = Promise.withResolvers<void>();
  let held: Promise<unknown> = Promise.resolve();
  port.on("message", async (message) => {
    if (message !== request) return;
    asked.resolve();
    await held;
    port.postMessage(answer);
  });
  return {
    allow() {
      held = navigator.locks.request(crypto.randomUUID(), () => asked.promise).catch(ignore);
    },
  };
}

/** Resolves when the guest holds no lock, or has to be interrupted. @param port to the guest */
export async function askToYield(port: MessagePort): Promise<void> {
  const yielded = Promise.withResolvers<void>();
  port.on("message", (message) => {
    if (message === answer) yielded.resolve();
  });
  port.postMessage(request);
  await settleWithin(yielded.promise, patienceMs);
}
