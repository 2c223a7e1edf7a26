import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/plugins/duration.ts";

describe("a duration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["1s", 1000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["250us", 0.25],
    ["250µs", 0.25],
  ])("%s is %d milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(["", "1", "s", "1 s", "1s ", "-1s", "1d", "1s2", "1..5s"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
