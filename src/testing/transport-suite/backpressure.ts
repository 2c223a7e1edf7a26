/** Who writes waits for who reads. */
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { sleep } from "../../../transports/time/sleep.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";
import { megabyte } from "./support.ts";

/** Messages that a host may handle in one turn of its loop: a few milliseconds of work. */
const mostPerTurn = 2000;

/** Counts per turn of the loop: timers and sockets have their turn between two of them. */
function countTurns(): { note(): void; readonly most: number; [Symbol.dispose](): void } {
  let inTurn = 0;
  let most = 0;
  let timer: NodeJS.Immediate | undefined;
  const next = () => {
    inTurn = 0;
    timer = setImmediate(next);
  };
  next();
  return {
    note() {
      most = Math.max(most, ++inTurn);
    },
    get most() {
      return most;
    },
    [Symbol.dispose]: () => clearImmediate(timer),
  };
}

export function testBackpressure(subject: Subject): void {
  const { newId } = subject;

  describe("backpressure", () => {
    it("keeps a plugin from running ahead of a slow reader", async () => {
      const id = newId();
      const sizeBytes = 64 * 1024;
      const stream = subject.client.serverStream({ id, count: 2000, sizeBytes })[Symbol.asyncIterator]();
      await stream.next();
      // The plugin stops where the window is full: it has settled when two looks in a row see the same.
      let sent = -1;
      for (let same = 0; same < 5; ) {
        const seen = await subject.client.seen({ id });
        same = seen.sent === sent ? same + 1 : 0;
        sent = seen.sent;
        await sleep(20);
      }
      expect(sent * sizeBytes).toBeLessThan(32 * megabyte);
      let read = 1;
      while (!(await stream.next()).done) read++;
      expect(read).toBe(2000);
    });

    // Of small messages, thousands fit into what may be under way by their bytes.
    it("leaves the loop to others after so many small messages, to one reader or to many", async () => {
      for (const readers of [1, 16]) {
        using turns = countTurns();
        const count = 8000 / readers;
        await Promise.all(
          Array.from({ length: readers }, async () => {
            let read = 0;
            for await (const _ of subject.client.serverStream({ count })) {
              turns.note();
              read++;
            }
            expect(read).toBe(count);
          }),
        );
        expect(turns.most).toBeLessThanOrEqual(mostPerTurn);
      }
    });

    it("leaves the loop to others after so many small messages that are written", async () => {
      using turns = countTurns();
      const count = 8000;
      async function* requests() {
        for (let written = 0; written < count; written++) {
          turns.note();
          yield {};
        }
      }
      expect((await subject.client.clientStream(requests())).received).toBe(count);
      expect(turns.most).toBeLessThanOrEqual(mostPerTurn);
    });

    it("keeps a caller from running ahead of a plugin that does not read", async () => {
      let produced = 0;
      const data = new Uint8Array(64 * 1024);
      const controller = new AbortController();
      async function* requests() {
        for (; produced < 2000; produced++) yield { data, hang: true };
      }
      const pending = failure(async () => {
        for await (const _ of subject.client.bidiStream(requests(), { signal: controller.signal }));
      });
      let before = -1;
      for (let same = 0; same < 5; ) {
        same = produced === before ? same + 1 : 0;
        before = produced;
        await sleep(20);
      }
      expect(produced * data.length).toBeLessThan(32 * megabyte);
      controller.abort();
      expect((await pending).code).toBe(Code.Canceled);
    });
  });
}
