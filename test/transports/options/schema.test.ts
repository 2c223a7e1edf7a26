/** The builder of schemas: what it makes of values, and that it tells all that is wrong with them. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { check, formatIssue, validate } from "../../../transports/options/check.ts";
import {
  andThen,
  anyText,
  flag,
  listOf,
  numberFrom,
  object,
  oneOf,
  recordOf,
  refusal,
  type Schema,
  text,
} from "../../../transports/options/schema.ts";

const options = object({
  name: text,
  mode: oneOf("fast", "slow"),
  limit: numberFrom(1, 9),
  quiet: flag,
  args: listOf(text),
  env: recordOf(anyText),
  inner: object({ depth: numberFrom(0) }),
});

const sentences = (schema: Schema<unknown>, value: unknown) =>
  (validate(schema, value).issues ?? []).map((issue) => formatIssue(issue, "options"));

describe("object()", () => {
  it("has what was given, and nothing for what was left out", () => {
    const given = { name: "a", mode: "slow", limit: 9, quiet: false, args: ["x"], env: { A: "" }, inner: { depth: 0 } };
    expect(check(options, given, "options")).toEqual(given);
    expect(check(options, { name: undefined }, "options")).toEqual({});
    expect(check(options, undefined, "options")).toEqual({});
  });

  it("tells everything that is wrong, each with its path", () => {
    const wrong = {
      name: "",
      mode: "medium",
      limit: 0,
      quiet: 1,
      args: ["x", 7, ""],
      env: { A: 1, "B C": 2 },
      inner: { depth: -1, width: 1 },
      nmae: "a",
    };
    expect(sentences(options, wrong)).toEqual([
      "options.name: must not be empty",
      'options.mode: expected "fast" or "slow", got "medium"',
      "options.limit: expected a number from 1 to 9, got 0",
      "options.quiet: expected true or false, got 1",
      "options.args[1]: expected a string, got 7",
      "options.args[2]: must not be empty",
      "options.env.A: expected a string, got 1",
      'options.env."B C": expected a string, got 2',
      "options.inner.depth: expected a number of at least 0, got -1",
      "options.inner.width: no such option; there are depth",
      "options.nmae: no such option; there are args, env, inner, limit, mode, name, quiet",
    ]);
  });

  it.each([null, 1, "text", [], () => {}])("refuses %j as a whole", (value) => {
    expect(sentences(options, value)).toEqual([expect.stringMatching(/^options: expected an object, got /)]);
  });

  it("takes no option from what every object has", () => {
    expect(sentences(options, JSON.parse('{ "constructor": 1, "__proto__": 2 }'))).toHaveLength(2);
  });

  it("tells what does not go together beside it, but one mistake for an option", () => {
    const schema = object({ file: text, url: text, retries: numberFrom(0) }, ({ file, url }) =>
      file === undefined || url === undefined ? [] : [{ message: "only without a file", path: ["url"] }],
    );
    expect(sentences(schema, { file: "a", url: "b", retries: -1 })).toEqual([
      "options.retries: expected a number of at least 0, got -1",
      "options.url: only without a file",
    ]);
    expect(sentences(schema, { file: "a", url: 7 })).toEqual(["options.url: expected a string, got 7"]);
  });
});

describe("andThen()", () => {
  const even = andThen(numberFrom(0), (value) => (value % 2 === 0 ? { value: value / 2 } : refusal("must be even")));

  it("makes another value of one that is right, and does not look at one that is wrong", () => {
    expect(check(even, 8, "it")).toBe(4);
    expect(sentences(even, 7)).toEqual(["options: must be even"]);
    expect(sentences(even, -1)).toEqual(["options: expected a number of at least 0, got -1"]);
  });
});

describe("check()", () => {
  it("throws the first mistake", () => {
    expect(() => check(options, { limit: 10, quiet: "no" }, "plugins.a")).toThrow(
      new TypeError("plugins.a.limit: expected a number from 1 to 9, got 10"),
    );
  });

  it("takes the schemas of other libraries, also as a part of one's own", () => {
    expect(check(z.object({ port: z.number() }), { port: 1 }, "it")).toEqual({ port: 1 });
    const mixed = object({ port: z.int().max(9), host: text });
    expect(check(mixed, { port: 9 }, "it")).toEqual({ port: 9 });
    expect(() => check(mixed, { port: 10 }, "it")).toThrow(/^it\.port: /);
  });

  it("refuses a schema that answers later", () => {
    const later = z.string().refine(async () => true);
    const refused = "Cannot check options by a schema that answers with a promise";
    expect(() => check(later, "x", "it")).toThrow(refused);
    expect(() => check(object({ later }), { later: "x" }, "it")).toThrow(refused);
  });
});
