/** What each task makes of its inputs and attributes, as Chainlink's does. */
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../src/pipeline/parse.ts";
import { createPipelineRunner } from "../../src/pipeline/runner.ts";

/** The last task's value: decimals as strings, bytes as hex digits. */
async function value(text: string): Promise<unknown> {
  const runner = createPipelineRunner({ job: { name: "j", externalJobId: "id" }, environment: {} });
  const found = await runner.executeRun(text, {});
  const last = found.filter(({ isTerminal }) => isTerminal).at(-1);
  if (last?.error !== undefined) throw new Error(last.error);
  return last?.value;
}

async function errorOf(text: string): Promise<string> {
  return value(text).then(
    (found) => `no error but ${JSON.stringify(found)}`,
    (error: Error) => error.message,
  );
}

/** Inputs of `out`, in this order: JSON, or `!` for one that fails. */
const inputs = (...list: readonly string[]) =>
  list.map((one, i) => `i${i} [type=${one === "!" ? "fail" : `memo value=<${one}>`}]; i${i} -> out;`).join(" ");

describe("aggregators", () => {
  it.each([
    ["min", ["3", '"1.50"', "2"], "", "1.5"],
    ["max", ["3", '"1.50"', "2"], "", "3"],
    ["median", ["3", '"1.50"', "2"], "", "2"],
    ["mean", ["3", "1", "2"], "", "2"],
    ["sum", ["3", "1", "2"], "", "6"],
    ["min", ["!", "2", "!"], "", "2"],
    ["max", ["!", "2", "3"], "allowedFaults=1", "3"],
    ["median", ["1", "null", "3"], "lax=true", "2"],
    ["min", ["1", "null", "3"], "lax=true", "1"],
    ["max", ["1", "null", "3"], "lax=true", "3"],
    ["median", ["null", "null"], "lax=true", null],
    ["median", ["!", "null", "3"], "lax=true allowedFaults=1", "3"],
    ["median", ["1", "null", "3"], "countNilsAsFaults=true allowedFaults=1", "2"],
    ["median", ["!", "null", "3"], "countNilsAsFaults=true allowedFaults=2", "3"],
    ["max", ['{"results": [4, 5], "occurrences": 2}', "3"], "", "5"],
    ["sum", ["!"], 'values="[1, 2]"', "3"],
    ["sum", ['"[1, 2]"'], 'values="$(i0)"', "3"],
  ])("%s of %j with %s", async (type, list, attributes, expected) => {
    expect(await value(`${inputs(...list)} out [type=${type} ${attributes}]`)).toBe(expected);
  });

  it.each([
    // A value that is no number is no fault: it fails the task, whatever may be missing.
    ["median", ["1", "null", "3"], "", "Expected a number, got nothing"],
    ["mean", ["1", '"N/A"'], "", 'Expected a number, got "N/A"'],
    ["min", ["1", "true"], "allowedFaults=5", "Expected a number, got true"],
    ["max", ["!", "!", "3"], "allowedFaults=1", "2 of 3 values are missing, at most 1 may be: Task"],
    ["median", ["!", "null"], "lax=true", "1 of 1 values are missing, at most 0 may be: Task"],
    ["median", ["!", "null", "3"], "countNilsAsFaults=true allowedFaults=1", "2 of 3 values are missing, at most 1"],
    ["min", [], "", "0 of 0 values are missing, at most 0 may be: there are no inputs"],
    ["mode", ["!", "!"], "", "2 of 2 values are missing, at most 1 may be"],
  ])("%s of %j with %s fails", async (type, list, attributes, message) => {
    expect(await errorOf(`${inputs(...list)} out [type=${type} ${attributes}]`)).toContain(message);
  });

  it.each([
    [["1", "2", "1"], ["1"], "2"],
    [["1.0", '"1"', "2"], ['"1"'], "2"],
    [["1", "2", "2", "1"], ["2", "1"], "2"],
    [["!", "true", "null"], ["true", "null"], "1"],
    [['{"a": [1], "b": 2}', '{"b": 2, "a": [1]}', "3"], ['{"a":[1],"b":2}'], "2"],
  ])("mode of %j", async (list, results, occurrences) => {
    expect(await value(`${inputs(...list)} out [type=mode]`)).toEqual({
      results: results.map((one) => JSON.parse(one)),
      occurrences,
    });
  });

  it("take what a mode has found", async () => {
    const chain = `a [type=memo value="10"]; b [type=memo value="20"]; c [type=any]; d [type=mode]; e [type=min];
      f [type=max]; g [type=median lax=true]; a -> c; b -> c; c -> d -> e -> f -> g;`;
    expect(["10", "20"]).toContain(await value(chain));
  });
});

describe("any and coalesce", () => {
  it("choose among the inputs that did not fail, the one by chance and the other the first that is not null", async () => {
    const found = new Set<unknown>();
    const text = `${inputs("!", "1", "null", '"x"')} out [type=any]`;
    // Each value misses 100 draws of three by a chance of one in 10^17.
    for (let draw = 0; draw < 100; draw += 1) found.add(await value(text));
    expect(found).toEqual(new Set([1, null, "x"]));
    expect(await value(`${inputs("!", "null", "2", "3")} out [type=coalesce]`)).toBe(2);
    expect(await value(`${inputs("!", "null")} out [type=coalesce]`)).toBe(null);
  });

  it("fail without any, or make null", async () => {
    expect(await errorOf(`${inputs("!")} out [type=any]`)).toBe('Task "i0" failed: It is there to fail');
    expect(await errorOf("out [type=any]")).toBe('Task "out" failed: It has no input: draw an edge to it');
    expect(await value("out [type=coalesce]")).toBe(null);
  });
});

describe("tasks of one value", () => {
  it.each([
    ['out [type=memo value="10"]', 10],
    [
      `out [type=memo value=<{"a": [true, null, "x", 12345678901234567890]}>]`,
      { a: [true, null, "x", 12345678901234567890n] },
    ],
    [`${inputs("5")} out [type=memo]`, 5],
    [`${inputs("5")} out [type=memo value=<[$(i0)]>]`, [5]],
    [`${inputs('{"a": {"b": 1}}')} out [type=lookup key=a]`, { b: 1 }],
    [`${inputs('{"a": 1}')} out [type=lookup key=constructor]`, null],
    [`${inputs('{"a": 1, "b": 2}')} out [type=merge right=<{"b": null, "c": 3}>]`, { a: 1, b: null, c: 3 }],
    [`${inputs('"{\\"c\\": 1}"')} out [type=merge left=<{"a": 1}> right="$(i0)"]`, { a: 1, c: 1 }],
    [`${inputs("1.5")} out [type=lessthan right=2]`, true],
    [`${inputs("1")} out [type=lessthan left=2 right="$(i0)"]`, false],
    [`${inputs("true")} out [type=conditional]`, true],
    [`a [type=lessthan left=1 right=2]; out [type=conditional data="$(a)"]`, true],
    [`${inputs('"True"')} out [type=conditional]`, true],
    [`${inputs('"aü"')} out [type=uppercase]`, "AÜ"],
    ['out [type=lowercase input=" Ab "]', "ab"],
    ['out [type=hexdecode input=" 0X61 "]', "0x61"],
    [`${inputs('{" a": 1}')} out [type=jsonparse data=<{" a": 2}> path=" a"]`, 2],
    ['out [type=length input="aü"]', "3"],
    ['out [type=length input="0x0102"]', "2"],
    ['out [type=length input="0x010"]', "5"],
    [`${inputs("null")} out [type=length]`, "0"],
    ['out [type=base64encode input="Hello, playground"]', "SGVsbG8sIHBsYXlncm91bmQ="],
    [
      'out [type=base64decode input="SGVsbG8sIHBsYXlncm91bmQ="]',
      `0x${Buffer.from("Hello, playground").toString("hex")}`,
    ],
    ['out [type=hexdecode input="0x12345678"]', "0x12345678"],
    ['out [type=hexencode input="abc"]', "0x616263"],
    ['out [type=hexencode input="0x61"]', "0x30783631"],
    [
      `${inputs("1234567890123456789012345678901234567890")} out [type=hexencode]`,
      "0x3a0c92075c0dbf3b8acbc5f96ce3f0ad2",
    ],
    [`${inputs('""')} out [type=hexencode]`, ""],
    // Bytes pass from task to task, and read as texts where one is wanted.
    [`a [type=base64decode input="eyJwcmljZSI6IDcuNX0="]; a -> b; b [type=jsonparse path=price]`, 7.5],
    [`a [type=hexdecode input="0x4142"]; a -> b; b [type=lowercase]`, "ab"],
    [`a [type=hexdecode input="0x4142"]; a -> b; b [type=base64encode]`, "QUI="],
    [`${inputs('"0x7b2261223a317d"')} out [type=jsonparse path=a]`, 1],
    [`${inputs('["b", "a"]')} d [type=jsonparse data=<{"b": {"a": 4}}> path="$(i0)"]; out [type=memo value=<$(d)>]`, 4],
  ])("%s", async (text, expected) => {
    expect(await value(text)).toEqual(expected);
  });

  it.each([
    ["out [type=memo]", "It has no input: draw an edge to it, or set its attribute `value`"],
    [`${inputs("1")} out [type=lookup key=a]`, "Expected an object as its input, got 1"],
    [`${inputs("[]")} out [type=merge right="{}"]`, "left: Expected a JSON object, got a list"],
    [`${inputs('"x"')} out [type=lessthan right=2]`, 'Expected a number, got "x"'],
    [`${inputs("false")} out [type=conditional]`, "The condition is false"],
    [`${inputs("1")} out [type=conditional]`, "Expected true or false, got 1"],
    [`${inputs("1")} out [type=uppercase]`, "Expected a string, got 1"],
    ['out [type=base64decode input="äö"]', '"äö" is not Base64'],
    ['out [type=hexdecode input="1234"]', '"1234" has no 0x before its hex digits'],
    ['out [type=hexdecode input="0x123"]', '"123" is not pairs of hex digits'],
    [`${inputs("-1")} out [type=hexencode]`, "Expected a whole number that is not negative, got -1"],
    [`${inputs("1.5")} out [type=hexencode]`, "Expected a whole number that is not negative, got 1.5"],
    ['out [type=fail msg="no feed on Sundays"]', "no feed on Sundays"],
    // The error of an input is passed on, though the task would not need the input.
    [`${inputs("!")} out [type=uppercase input=a]`, 'Task "i0" failed: It is there to fail'],
  ])("%s fails", async (text, message) => {
    expect(await errorOf(text)).toContain(message);
  });

  it("refuse a second input, and a memo that is not JSON, when they are read", () => {
    const two = (type: string) => `a [type=memo value=1]; b [type=memo value=2]; c [type=${type}]; a -> c; b -> c`;
    for (const type of ["memo", "lookup", "merge right=1", "lessthan right=1", "conditional", "uppercase", "length"]) {
      expect(() => parsePipeline(two(type))).toThrow(/Task "c" has 2 inputs: a \w+ task takes at most 1/);
    }
    expect(() => parsePipeline("a [type=memo value=abc]")).toThrow('Task "a", value: Not JSON: ');
  });
});
