import fc from "fast-check";
import { expect, it } from "vitest";
import { createQueue } from "../../src/values/queue.ts";

it("a queue gives what it was given, in order, however it is used", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 }), (steps) => {
      const queue = createQueue<number>();
      const model: number[] = [];
      let next = 0;
      for (const step of steps) {
        for (let count = 0; count < step; count++) {
          queue.push(next);
          model.push(next++);
        }
        const taken = Array.from({ length: Math.max(0, -step) }, () => queue.take());
        expect(taken.filter((value) => value !== undefined)).toEqual(model.splice(0, Math.max(0, -step)));
        expect(queue.length).toBe(model.length);
      }
      expect(queue.takeAll()).toEqual(model);
      expect([queue.length, queue.take()]).toEqual([0, undefined]);
    }),
    { numRuns: 50 },
  );
});
