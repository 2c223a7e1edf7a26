import { expect, it, describe as suite } from "vitest";
import { printable, printableJson } from "../../src/values/printable.ts";

suite("text from outside", () => {
  it.each([
    ["one\r\n\ttwo", "one\\r\\n\\ttwo"],
    ["\u001b[2K\u001b[1A\u001b]0;title\u0007", "\\x1b[2K\\x1b[1A\\x1b]0;title\\x07"],
    ["\0 \u007f \u009b31m", "\\x00 \\x7f \\x9b31m"],
    ["one\u2028two\u2029three", "one\\u2028two\\u2029three"],
    ["\u202egnirts\u202c \u2066a\u2069 \u200fb \u061cc", "\\u202egnirts\\u202c \\u2066a\\u2069 \\u200fb \\u061cc"],
    ["half \ud83d of one", "half \\ud83d of one"],
  ])("is printed with its control characters shown: %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(["plain", "C:\\new\\table", "größer, 価格, שלום, 😀", 'say "hi" = x', ""])(
    "is printed as it is where it has none: %s",
    (text) => {
      expect(printable(text)).toBe(text);
    },
  );

  it("stays the same value inside JSON", () => {
    const value = { "na\u009bme\n": "a\n\u001b\u007f\u009b\u2028\u202e😀" };
    const json = printableJson(JSON.stringify(value));
    expect(json).toBe('{"na\\u009bme\\n":"a\\n\\u001b\\u007f\\u009b\\u2028\\u202e😀"}');
    expect(JSON.parse(json)).toEqual(value);
  });
});
