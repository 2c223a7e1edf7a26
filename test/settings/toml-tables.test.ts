/** Tables that are completed and written again. */
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parseToml } from "../../src/settings/toml.ts";
import { missingFrom, withDefaults, writeToml } from "../../src/settings/toml-tables.ts";

/** A document as it is written again. */
const again = (text: string) => writeToml(parseToml(text, "x").exactTable([]));

/** Every kind of value that TOML has, in every place where it may stand. */
const everything = `
integer = 1
negative = -1
hex = 0xff
long = 9223372036854775807
least = -9223372036854775808
float = 1.0
zero = 0.0
huge = 1e22
small = 5e-7
exact = 0.1
inf = inf
least_float = -inf
yes = true
text = "a \\"b\\" \\\\ \\u0000 \\t \\U0001F600"
lines = """
one
two"""
literal = 'C:\\x'
empty = ""
moment = 1979-05-27T07:32:00.123456789-07:00
utc = 1979-05-27T07:32:00Z
local = 1979-05-27T07:32:00
day = 1979-05-27
hour = 07:32:00.5
list = [1, 1.0, "x", [2, [3.0]], { a = 1.0 }, 1979-05-27]
none = []
braces = { a = 1, b = { c = 2.0 } }
no_braces = {}
dotted.a.b = 1
"a key" = 1
"" = 1
"é" = 1
"a.b" = { "c.d" = 1 }
__proto__ = { polluted = true }

[under.a]
header = 1.0
[empty_table]
[[Nodes]]
Name = "one"
[[Nodes.Deep]]
weight = 2.0
[[Nodes.Deep]]
[Nodes.Table]
x = 1
[[Nodes]]
`;

describe("a table that is written again", () => {
  it("has every value of every kind as it was", () => {
    const read = (text: string) => parse(text, { integersAsBigInt: true });
    expect(read(again(everything))).toEqual(read(everything));
    expect(again(again(everything))).toBe(again(everything));
  });

  it.each([
    ["a = 1", "a = 1\n"],
    ["a = 1.0", "a = 1.0\n"],
    ["a = [1, 1.0]", "a = [ 1, 1.0 ]\n"],
    ["a = { b = 3, c = 3.0 }", "[a]\nb = 3\nc = 3.0\n"],
  ])("keeps integers and floats apart: %s", (text, written) => {
    expect(again(text)).toBe(written);
  });

  it.each(["1979-05-27T07:32:00.123456789-07:00", "1979-05-27T07:32:00", "1979-05-27", "07:32:00.5", "23:59:60"])(
    "keeps the date %s to the letter",
    (date) => {
      expect(again(`a = ${date}`)).toBe(`a = ${date}\n`);
    },
  );

  it("may be as deeply nested as it can be read", () => {
    const keys = `a = ${"[".repeat(99)}${"]".repeat(99)}\n`;
    expect(parse(again(keys))).toEqual(parse(keys));
  });

  it("may be one of many in a document", () => {
    const { exactTable } = parseToml("[[EVM]]\nx = 1.0\n[[EVM]]\nx = 2\n", "x");
    expect([exactTable(["EVM", 0]), exactTable(["EVM", 1])]).toEqual([{ x: 1 }, { x: 2n }]);
  });
});

describe("defaults", () => {
  const defaults = { a: "1s", b: 2n, inner: { c: true, d: 4n } };

  it("fill in the keys that a table does not have", () => {
    const { root } = parseToml('b = 3\nown = "x"\n[inner]\nd = 5\n', "x");
    expect(withDefaults(root, defaults)).toEqual({ a: "1s", b: 3, own: "x", inner: { c: true, d: 5 } });
    expect(missingFrom(root, defaults)).toEqual({ a: "1s", inner: { c: true } });
  });

  it("do not replace a value with a table", () => {
    const { root } = parseToml("a = 1\nb = []\ninner = false\n", "x");
    expect(withDefaults(root, defaults)).toEqual({ a: 1, b: [], inner: false });
    expect(missingFrom(root, defaults)).toEqual({});
  });

  it("change neither the table nor themselves", () => {
    const { root } = parseToml("[inner]\nd = 5\n", "x");
    withDefaults(root, defaults);
    expect(root).toEqual({ inner: { d: 5 } });
    expect(defaults.inner).toEqual({ c: true, d: 4n });
  });
});
