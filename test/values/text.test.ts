import { expect, it, describe as suite } from "vitest";
import { describe, shorten, textOf } from "../../src/values/text.ts";

suite("values as text", () => {
  it.each([
    ["x", "x"],
    [1n, "1"],
    [Symbol("mark"), "Symbol(mark)"],
    [Object.create(null), "[Object: null prototype] {}"],
  ])("are had of anything", (value, text) => {
    expect(textOf(value)).toBe(text);
  });

  it("are cut where they are too long", () => {
    expect(shorten("a".repeat(40))).toBe("a".repeat(40));
    expect(shorten("a".repeat(41))).toBe(`${"a".repeat(40)}...`);
    expect(shorten("abc", 2)).toBe("ab...");
  });

  it.each([
    ['a "text"\n', '"a \\"text\\"\\n"'],
    ["a".repeat(61), `"${"a".repeat(60)}..."`],
    [[1, 2], "a list"],
    [new Date(0), "a date"],
    [{ a: 1 }, "an object"],
    [Object.create(null), "an object"],
    [() => {}, "a function"],
    [null, "null"],
    [undefined, "undefined"],
    [true, "true"],
    [12n, "12"],
    [10n ** 100n, `1${"0".repeat(39)}...`],
  ])("say what a value is: %s", (value, words) => {
    expect(describe(value)).toBe(words);
  });

  it("call an object what the file's language calls it", () => {
    expect(describe({}, "a table")).toBe("a table");
  });
});
