/** The far side of the contender "raw-memory": it does nothing but wait for calls and answer them. */
import { workerData } from "node:worker_threads";
import { answered, asked, sharedSlots, slots } from "./shared-slots.ts";

const { counters, lengths, slot } = sharedSlots(workerData);
for (let done = 0; ; ) {
  if (Atomics.load(counters, asked) === done) Atomics.wait(counters, asked, done);
  for (const until = Atomics.load(counters, asked); done < until; done++) {
    // As a handler would have it: a copy in, and a copy out.
    const bytes = slot(done).slice(0, lengths[done % slots]);
    slot(done).set(bytes);
  }
  Atomics.store(counters, answered, done);
  Atomics.notify(counters, answered);
}
