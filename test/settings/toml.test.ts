/** TOML with places. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/settings/mistakes.ts";
import { parseToml, readToml } from "../../src/settings/toml.ts";
import { formatPath } from "../../src/values/path.ts";

const sample = `top = 1
[a.b]
"q r" = [1, 2,
  { deep = true }]
[[EVM]]
ChainID = "1" # one
[[EVM.Nodes]]
Name = "x"
[[EVM.Nodes]]
Name = "y"
[EVM.Gas]
Mode = '''
Fixed'''
[[EVM]]
ChainID = "2"
`;

describe("parseToml()", () => {
  const document = parseToml(sample, "node.toml");

  it("reads values as they are", () => {
    expect(JSON.parse(JSON.stringify(document.root))).toEqual({
      top: 1,
      a: { b: { "q r": [1, 2, { deep: true }] } },
      EVM: [{ ChainID: "1", Nodes: [{ Name: "x" }, { Name: "y" }], Gas: { Mode: "Fixed" } }, { ChainID: "2" }],
    });
  });

  it.each([
    [["top"], 1],
    [["a", "b", "q r", 2, "deep"], 4],
    [["EVM", 0, "Nodes", 1, "Name"], 10],
    [["EVM", 1, "ChainID"], 15],
    [["EVM", 1, "Enabled"], 14],
    [["nothing", "here"], 1],
  ])("knows where %j stands, or the nearest part of it", (path, line) => {
    expect(document.originOf(path)).toEqual({ kind: "file", file: "node.toml", line });
  });

  it("knows the lines inside a multi-line string", () => {
    const text = parseToml('a = """\none\ntwo"""\nb = """one\ntwo"""\nc = "one"\nd = """\none\\\ntwo"""', "x");
    expect(text.originInside(["a"], 2).line).toBe(3);
    expect(text.originInside(["b"], 2).line).toBe(5);
    expect(text.originInside(["c"], 2).line).toBe(6);
    // Joined lines cannot be counted; where the text begins is right at least.
    expect(text.originInside(["d"], 1).line).toBe(7);
  });

  it("keeps large integers exact and refuses those of more than 64 bits", () => {
    expect(parseToml("a = 9223372036854775807", "x").root.a).toBe(9223372036854775807n);
    expect(() => parseToml("a = 1\nb = 9223372036854775808", "x")).toThrow("x:2: b: An integer must fit into 64 bits");
  });

  it("takes __proto__ for an ordinary key", () => {
    const { root } = parseToml("[__proto__]\npolluted = 1", "x");
    expect(Object.keys(root)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ["a = 1\na = 2", "x:2: Not TOML: "],
    ["a = 1\nb = [1, 2", "x:2: Not TOML: "],
    [`a = ${"[".repeat(50_000)}${"]".repeat(50_000)}`, "x:1: "],
  ])("says where the form is wrong", (text, message) => {
    expect(() => parseToml(text, "x")).toThrow(message);
  });

  it("throws nothing but ConfigErrors on garbage", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "[[",
      "a",
      ".",
      "=",
      '"',
      "'''",
      '"""',
      "\n",
      "1",
      "{",
      "}",
      ",",
      "#",
      "\\",
      "true",
      "\u0000",
      "__proto__",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(" ")),
        ),
        (text) => {
          try {
            parseToml(text, "x");
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("readToml()", () => {
  const directory = mkdtempSync(join(tmpdir(), "loopp-toml-"));
  it.each([
    ["missing.toml", undefined, "There is no such file"],
    [".", undefined, "It is a directory, not a file"],
    ["long.toml", "#".repeat(1024 * 1024 + 1), "It has 1048577 bytes, at most 1048576 are allowed"],
    ["binary.toml", Uint8Array.of(0xff, 0xfe), "It is not UTF-8 text"],
  ])("refuses %s", (name, content, message) => {
    const file = join(directory, name);
    if (content !== undefined) writeFileSync(file, content);
    expect(() => readToml(file, "shown.toml")).toThrow(`shown.toml:1: ${message}`);
    if (content !== undefined) rmSync(file);
  });
});

describe("formatPath()", () => {
  it("writes paths as TOML does", () => {
    expect(formatPath(["plugins", "median.btc-usd", "env"])).toBe('plugins."median.btc-usd".env');
    expect(formatPath(["EVM", 0, "Nodes", 1])).toBe("EVM[0].Nodes[1]");
  });
});

describe("a document", () => {
  const deep = (depth: number) => ({
    "a table's name": `\n[${Array(depth).fill("a").join(".")}]\nb = 1`,
    "a key": `\n${Array(depth).fill("a").join(".")} = 1`,
    "tables in each other": `\nx = ${"{a=".repeat(depth - 1)}1${"}".repeat(depth - 1)}`,
    "lists in each other": `\nx = ${"[".repeat(depth)}${"]".repeat(depth)}`,
  });

  // Without a bound, the time grows with the square of the depth: 100,000 levels would take minutes.
  it.each(Object.keys(deep(1)))("is refused with one sentence where it is nested too deeply: %s", (name) => {
    for (const depth of [101, 100_000]) {
      const text = Object.entries(deep(depth)).find(([one]) => one === name)?.[1] ?? "";
      expect(() => parseToml(text, "node.toml")).toThrow(
        /^node\.toml:[12]: Its tables or lists are nested more than 100 levels deep$/,
      );
    }
    const fine = Object.entries(deep(99)).find(([one]) => one === name)?.[1] ?? "";
    expect(() => parseToml(fine, "node.toml")).not.toThrow();
  });
});
