import { expect, it } from "vitest";
import { backoffMs } from "../../../transports/time/backoff.ts";

it("doubles the wait from failure to failure, up to the longest", () => {
  const waits = [1, 2, 3, 4, 5].map((failures) => backoffMs({ firstMs: 100, maxMs: 500 }, failures));
  expect(waits).toEqual([100, 200, 400, 500, 500]);
});

it("grows by a factor that is given", () => {
  expect([1, 2, 3].map((failures) => backoffMs({ firstMs: 10, maxMs: 1000, factor: 3 }, failures))).toEqual([
    10, 30, 90,
  ]);
  expect(backoffMs({ firstMs: 10, maxMs: 1000, factor: 1 }, 7)).toBe(10);
});

it("is a number after however many failures", () => {
  expect(backoffMs({ firstMs: 100, maxMs: 500 }, 1e9)).toBe(500);
  expect(backoffMs({ firstMs: 0, maxMs: 500 }, 1e9)).toBe(0);
});
