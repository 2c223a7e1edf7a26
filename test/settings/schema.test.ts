/** What a document may say. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { flag, nonEmptyString, whole } from "../../src/settings/fields.ts";
import {
  checkDocument,
  listOf,
  orFalse,
  type Structure,
  structure,
  table,
  tableOf,
} from "../../src/settings/schema.ts";
import { parseToml } from "../../src/settings/toml.ts";

function check<T extends object>(toml: string, schema: Structure<T>) {
  const { value, mistakes } = checkDocument(parseToml(toml, "x.toml"), schema);
  const told = mistakes.map(({ origin, key, message }) => {
    return `${origin.kind === "file" ? origin.line : ""} ${key}: ${message}`;
  });
  return { value, told };
}

describe("checkDocument()", () => {
  const schema = table({
    name: nonEmptyString("a name"),
    http: table({ port: whole(0, 65_535).optional(), open: flag().optional() }).optional(),
    urls: tableOf(nonEmptyString("a URL")).optional(),
    health: orFalse(table({ misses: whole(1, 9).optional() })).optional(),
    nodes: listOf(table({ Name: nonEmptyString("a name") }, { others: z.unknown() })).optional(),
  });

  it("reads what is there, and leaves out what is not", () => {
    const toml = `name = "a"\nhealth = false\n[http]\nport = 1\n[urls]\n"a b" = "c"\n[[nodes]]\nName = "n"\nMore = [1]`;
    expect(check(toml, schema)).toEqual({
      value: {
        name: "a",
        health: false,
        http: { port: 1 },
        urls: { "a b": "c" },
        nodes: [{ Name: "n", More: [1] }],
      },
      told: [],
    });
  });

  it("tells every mistake at its line, and keeps what is right beside it", () => {
    const toml = `[http]\nport = "x"\nopen = true\nprot = 1\n[urls]\na = 1\nb = "c"\n[health]\nmisses = 0\n[more]`;
    const { value, told } = check(toml, schema);
    expect(told.toSorted()).toEqual([
      "1 name: It is missing and has no default",
      "10 more: There is no such key here, only health, http, name, nodes, urls",
      '2 http.port: Expected a whole number from 0 to 65535, got "x"',
      "4 http.prot: There is no such key here, only open, port",
      "6 urls.a: Expected a URL, got 1",
      "9 health.misses: Expected a whole number from 1 to 9, got 0",
    ]);
    expect(value).toEqual({ http: { open: true }, urls: { b: "c" }, health: {} });
  });

  it("takes a list as a whole", () => {
    const { value, told } = check(`name = "a"\n[[nodes]]\nName = "n"\n[[nodes]]\nName = 1\n[[nodes]]`, schema);
    expect(told).toEqual([
      "5 nodes[1].Name: Expected a name, got 1",
      "6 nodes[2].Name: It is missing and has no default",
    ]);
    expect(value).toEqual({ name: "a" });
  });

  it.each([
    ["http = 1", "1 http: Expected a table, got 1"],
    ["http = [1]", "1 http: Expected a table, got a list"],
    ["nodes = {}", "1 nodes: Expected a list, got a table"],
    ["nodes = [1]", "1 nodes[0]: Expected a table, got 1"],
    ["health = true", "1 health: Expected a table or false, got true"],
    ["constructor = 1", "1 constructor: There is no such key here, only "],
    ["[http]\n__proto__ = 1", "2 http.__proto__: There is no such key here, only open, port"],
  ])("refuses %j", (toml, message) => {
    const { told } = check(`${toml}\n`, table({ ...schema.keys, name: nonEmptyString("a name").optional() }));
    expect(told).toEqual([expect.stringContaining(message)]);
  });
});

describe("table()", () => {
  it("has sentences of its own for keys that people look for there", () => {
    const schema = table({ a: flag().optional() }, { misplaced: { b: "It belongs in [c]" } });
    expect(check("b = 1\nd = 1", schema).told).toEqual([
      "1 b: It belongs in [c]",
      "2 d: There is no such key here, only a",
    ]);
  });
});

describe("structure()", () => {
  it("reports mistakes at the lines of a string", () => {
    const lines = structure<string>({
      read(value, place) {
        place.tell(place.path, "is wrong", 2);
        return String(value);
      },
    });
    expect(check('a = """\none\ntwo"""', table({ a: lines })).told).toEqual(["3 a: is wrong"]);
    expect(check("", table({ a: lines.optional() }))).toEqual({ value: {}, told: [] });
  });
});

describe("a zod schema", () => {
  const theirs = z
    .strictObject({
      Address: z.string("must be an address").regex(/^0x/, "must be an address"),
      Decimals: z.int().max(255),
      Feeds: z.array(z.string()).optional(),
      Open: z.boolean().optional(),
    })
    .refine(({ Decimals }) => Decimals > 0, "has no decimals");

  it.each([
    ['Address = "0x"\nDecimals = 1', []],
    ["Decimals = 1", ["1 chain.Address: It is missing and has no default"]],
    ['Address = "x"\nDecimals = 1', ["2 chain.Address: Must be an address"]],
    ['Address = "0x"\nDecimals = "1"', ['3 chain.Decimals: Expected a whole number, got "1"']],
    ['Address = "0x"\nDecimals = 256', ["3 chain.Decimals: Expected at most 255, got 256"]],
    ['Address = "0x"\nDecimals = 0', ["1 chain: Has no decimals"]],
    ['Address = "0x"\nDecimals = 1\nFeeds = [1]', ["4 chain.Feeds[0]: Expected a string, got 1"]],
    ['Address = "0x"\nDecimals = 1\nOpen = 1', ["4 chain.Open: Expected true or false, got 1"]],
    [
      'Address = "0x"\nDecimals = 1\na = 1\nb = 2',
      ["4 chain.a: There is no such key here", "5 chain.b: There is no such key here"],
    ],
  ])("says of %j what is wrong, each at its line, in its own words where it has some", (toml, told) => {
    expect(check(`[chain]\n${toml}`, table({ chain: theirs })).told).toEqual(told);
  });
});
