import { expect, it } from "vitest";
import { defined } from "../../src/values/defined.ts";

it("defined() leaves out what is undefined, and nothing else", () => {
  const given: { a: number; b: string | undefined; c: null | undefined; d: boolean | undefined } = {
    a: 0,
    b: undefined,
    c: null,
    d: false,
  };
  const made: { a: number; b?: string; c?: null; d?: boolean } = defined(given);
  expect(Object.entries(made)).toEqual([
    ["a", 0],
    ["c", null],
    ["d", false],
  ]);
  expect(defined({})).toEqual({});
});
