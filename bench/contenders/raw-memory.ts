/** What memory that is shared with a thread allows. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Contender, Echoed } from "../contender.ts";
import { answered, asked, sharedSlots, slotBytes, slots } from "../peers/shared-slots.ts";

export const rawMemory: Contender = {
  name: "raw-memory",
  about:
    "bytes put into memory that is shared with a worker thread, which does nothing but wait for them by Atomics and put them back; up to 64 " +
    "calls at a time; nothing is encoded, no deadline, no signal, no headers, no errors",
  role: "bound",
  async start() {
    const { memory, counters, lengths, slot } = sharedSlots();
    const thread = new Worker(new URL("../peers/raw-memory-thread.ts", import.meta.url), { workerData: memory });
    await once(thread, "online");
    const waiting: ((echoed: Echoed) => void)[] = [];
    let sent = 0;
    let received = 0;
    let isListening = false;

    async function listen(): Promise<void> {
      isListening = true;
      while (received < sent) {
        await Atomics.waitAsync(counters, answered, received).value;
        for (const until = Atomics.load(counters, answered); received < until; received++) {
          waiting[received % slots]?.({ data: slot(received).slice(0, lengths[received % slots]) });
        }
      }
      isListening = false;
    }

    return {
      call: (data) =>
        new Promise((resolve, reject) => {
          if (data.length > slotBytes || sent - received >= slots) {
            reject(new RangeError(`It takes up to ${slots} calls of up to ${slotBytes} bytes at a time`));
            return;
          }
          slot(sent).set(data);
          lengths[sent % slots] = data.length;
          waiting[sent % slots] = resolve;
          Atomics.store(counters, asked, ++sent);
          Atomics.notify(counters, asked);
          if (!isListening) void listen();
        }),
      async stop() {
        await thread.terminate();
      },
    };
  },
};
