import { expect, it } from "vitest";
import { isRecord } from "../../src/values/record.ts";

it("tells objects from all else", () => {
  expect([{}, { a: 1 }, Object.create(null)].map(isRecord)).toEqual([true, true, true]);
  expect([null, undefined, [], "text", 1, () => {}].map(isRecord)).toEqual(Array(6).fill(false));
});
