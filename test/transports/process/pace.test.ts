import { expect, it } from "vitest";
import { createPace } from "../../../transports/process/pace.ts";

/** Holds the loop, as a line does that takes long to read and to print. */
function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

it("a host pauses after so many bytes of what a plugin prints, and sooner after what took long", async () => {
  const pace = createPace();
  expect(pace.take(30_000, () => {})).toBeUndefined();
  const afterBytes = pace.take(40_000, () => {});
  expect(afterBytes).toBeInstanceOf(Promise);
  await afterBytes;

  const began = performance.now();
  const afterWork = pace.take(1, () => busy(40));
  expect(afterWork).toBeInstanceOf(Promise);
  await afterWork;
  // At least as long as the work, so that it has no more than half of the loop's time; timers may be a little early.
  expect(performance.now() - began).toBeGreaterThan(75);
});
