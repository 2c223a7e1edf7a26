/** Calls of the four shapes, many and large ones. */
import { describe, expect, it } from "vitest";
import { sleep } from "../../../transports/time/sleep.ts";
import type { Subject } from "./subject.ts";
import { megabyte } from "./support.ts";

export function testCalls(subject: Subject): void {
  describe("calls", () => {
    it("answer a unary call with what was sent", async () => {
      const data = Uint8Array.of(1, 2, 3, 0, 255);
      const response = await subject.client.unary({ data });
      expect([...response.data]).toEqual([...data]);
      expect(response.received).toBe(1);
    });

    it("stream from the plugin in order", async () => {
      const lengths: number[] = [];
      for await (const { data } of subject.client.serverStream({ count: 300, sizeBytes: 10 }))
        lengths.push(data[0] ?? -1);
      expect(lengths).toEqual(Array.from({ length: 300 }, (_, index) => index % 256));
    });

    it.each([1, 3, 40])(
      "stream %s messages to a reader that is busy with each, and end as they should",
      async (count) => {
        let received = 0;
        for await (const _ of subject.client.serverStream({ count, sizeBytes: 100 })) {
          received++;
          await sleep(count === 40 && received > 2 ? 0 : 30);
        }
        expect(received).toBe(count);
      },
    );

    it("stream nothing when nothing is wanted", async () => {
      const received: unknown[] = [];
      for await (const response of subject.client.serverStream({ count: 0 })) received.push(response);
      expect(received).toEqual([]);
    });

    it("stream to the plugin", async () => {
      const response = await subject.client.clientStream(chunks(50, 1000));
      expect(response.received).toBe(50);
      expect(response.receivedBytes).toBe(50_000n);
    });

    it("stream both ways, each answer before the next question", async () => {
      const turns = conversation<{ data: Uint8Array }>();
      const answers: number[] = [];
      const responses = subject.client.bidiStream(turns)[Symbol.asyncIterator]();
      for (let turn = 1; turn <= 20; turn++) {
        turns.say({ data: Uint8Array.of(turn) });
        const answer = await responses.next();
        answers.push(answer.value?.data[0]);
      }
      turns.end();
      expect((await responses.next()).done).toBe(true);
      expect(answers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });

    it.each([
      ["returns nothing", () => undefined],
      [
        "throws",
        () => {
          throw new Error("no end");
        },
      ],
    ])("take a stream from an iterable whose end %s, read to its end or given up", async (_, end) => {
      const requests = (count: number) => {
        let next = 0;
        const iterator = { next: async () => ({ done: next++ >= count, value: {} }), return: end };
        return { [Symbol.asyncIterator]: () => iterator } as unknown as AsyncIterable<Record<string, never>>;
      };
      expect((await subject.client.clientStream(requests(3))).received).toBe(3);
      for await (const _ of subject.client.bidiStream(requests(Number.POSITIVE_INFINITY))) break;
      const { signal } = new AbortController();
      for await (const _ of subject.client.bidiStream(requests(3), { signal })) break;
    });

    it("run a thousand at once without mixing them up", async () => {
      const answers = await Promise.all(
        Array.from({ length: 1000 }, async (_, index) => {
          const data = new Uint8Array(4);
          new DataView(data.buffer).setUint32(0, index);
          const response = await subject.client.unary({ data });
          return new DataView(response.data.slice().buffer).getUint32(0);
        }),
      );
      expect(answers).toEqual(Array.from({ length: 1000 }, (_, index) => index));
    });

    it("carry messages of five megabytes both ways", async () => {
      const data = new Uint8Array(5 * megabyte).map((_, index) => index % 251);
      const response = await subject.client.unary({ data });
      expect(response.data.length).toBe(data.length);
      expect(Buffer.compare(response.data, data)).toBe(0);
    });
  });
}

async function* chunks(count: number, size: number): AsyncGenerator<{ data: Uint8Array }> {
  for (let index = 0; index < count; index++) yield { data: new Uint8Array(size) };
}

/** An iterable that is spoken into. */
function conversation<T>(): AsyncIterable<T> & { say(value: T): void; end(): void } {
  const said: T[] = [];
  let ended = false;
  let wake = () => {};
  return {
    say(value) {
      said.push(value);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let next = said.shift(); next !== undefined; next = said.shift()) yield next;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
