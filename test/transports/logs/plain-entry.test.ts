import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutMark, cutText, maxEntryChars, maxFieldDepth, plainEntry } from "../../../transports/logs/plain-entry.ts";
import type { LogEntry, LogFields } from "../../../transports/plugin.ts";

const line: LogEntry = { level: "info", message: "hello", time: 0, fields: {}, source: "log" };
const plain = (fields: LogFields) => plainEntry({ ...line, fields }).entry.fields;

describe("fields", () => {
  it("become what JSON can carry", () => {
    const circle: Record<string, unknown> = Object.create(null);
    circle.self = circle;
    const strange = Object.assign(new Error("x"), { message: 7 as unknown as string });
    expect(
      plain({
        error: new Error("why"),
        big: 5n,
        inner: { big: 6n },
        nan: Number.NaN,
        none: undefined,
        circle,
        strange,
      }),
    ).toEqual({
      error: "why",
      big: "5",
      inner: { big: "6" },
      nan: "NaN",
      none: "undefined",
      circle: expect.stringContaining("Circular"),
      strange: "7",
    });
  });

  it("are never a reason to fail", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true })),
        (fields) => {
          const written = JSON.stringify(plain(fields));
          expect(JSON.stringify(JSON.parse(written))).toEqual(written);
        },
      ),
    );
  });
});

describe("an entry", () => {
  it("is no longer than a line, wherever its length is, and is cut at its end", () => {
    const long = "x".repeat(10_000_000);
    const sizes = [
      { ...line, message: long },
      { ...line, stacktrace: long },
      { ...line, fields: { long } },
      { ...line, fields: { list: [long] } },
      { ...line, fields: { [long]: 1 } },
      { ...line, fields: Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`name${at}`, at])) },
    ].map((entry) => {
      const { entry: cut, chars } = plainEntry(entry);
      expect(cut).toMatchObject({ level: "info", time: 0, source: "log" });
      expect(chars).toBeLessThan(maxEntryChars + 100);
      return JSON.stringify(cut).length;
    });
    for (const size of sizes) expect(size).toBeLessThan(maxEntryChars * 2);
    const { message, stacktrace, fields } = plainEntry({ ...line, stacktrace: long, fields: { first: 1, long } }).entry;
    expect([message, stacktrace?.slice(-7), fields]).toEqual(["hello", `x${cutMark}`, {}]);
    expect(plainEntry({ ...line, message: long }).entry.message).toBe(`${"x".repeat(maxEntryChars)}${cutMark}`);
  });

  it("counts all that is in it", () => {
    const counted = plainEntry({ ...line, stacktrace: "abc", fields: { name: "value", list: [1, 2] } }).chars;
    expect(counted).toBe("helloabcnamevaluelist[1,2]".length);
  });

  it("has a field that is nested too deeply as a text", () => {
    const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    expect(plain({ fine: nested(maxFieldDepth), deep: nested(maxFieldDepth + 1) })).toEqual({
      fine: nested(maxFieldDepth),
      deep: JSON.stringify(nested(maxFieldDepth + 1)),
    });
  });

  it("is not cut between the halves of a character", () => {
    expect(cutText("ab😀", 3)).toBe(`ab${cutMark}`);
    expect(cutText("ab😀", 4)).toBe("ab😀");
  });
});
