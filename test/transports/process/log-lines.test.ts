import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutMark, maxFieldDepth, maxLineLength } from "../../../transports/logs/plain-entry.ts";
import type { LogEntry } from "../../../transports/plugin.ts";
import { createLogReader, formatLogLine } from "../../../transports/process/log-lines.ts";

const entry: LogEntry = { level: "info", message: "hello", time: 1_700_000_000_123, fields: {}, source: "log" };
const read = (line: string) => createLogReader()(line);

describe("a line that a plugin writes", () => {
  it("is one JSON object with hclog's names and six digits of a second", () => {
    const line = formatLogLine({ ...entry, message: "two\nlines", fields: { round: 3, price: 5n } });
    expect(line.endsWith("\n")).toBe(true);
    expect(line.trimEnd()).not.toContain("\n");
    expect(JSON.parse(line)).toEqual({
      "@level": "info",
      "@message": "two\nlines",
      "@timestamp": "2023-11-14T22:13:20.123000Z",
      round: 3,
      price: "5",
    });
  });

  it("has texts under the three names that a host in Go reads, whatever it is given", () => {
    const texts = (value: Record<string, unknown>) =>
      ["@level", "@message", "@timestamp"].every((name) => typeof value[name] === "string");
    expect(texts(JSON.parse(formatLogLine({ ...entry, message: 42 as unknown as string })))).toBe(true);
    const hostile = { "@message": 1, "@level": 2, "@timestamp": {}, "@module": [], ok: true };
    const value = JSON.parse(formatLogLine({ ...entry, fields: hostile }));
    expect(value).toMatchObject({ "@message": "hello", "@level": "info", ok: true });
    fc.assert(
      fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (message, fields) => {
        const line = formatLogLine({ ...entry, message: message as string, fields });
        expect(texts(JSON.parse(line))).toBe(true);
        expect(line.indexOf("\n")).toBe(line.length - 1);
      }),
    );
  });

  it("says where in the code it was written, under zap's names", () => {
    const site = { caller: "median/factory.ts:43", stacktrace: "observe (file:///median/factory.ts:43:7)" };
    const line = formatLogLine({ ...entry, level: "error", ...site });
    expect(JSON.parse(line)).toMatchObject(site);
    expect(read(line)).toEqual({ ...entry, level: "error", ...site });
    expect(read(formatLogLine({ ...entry, ...site, fields: { caller: 7 } }))).toEqual({
      ...entry,
      stacktrace: site.stacktrace,
      fields: { caller: 7 },
    });
  });

  it("is read back as it was", () => {
    fc.assert(
      fc.property(
        fc.record({
          level: fc.constantFrom("trace", "debug", "info", "warn", "error"),
          message: fc.string({ unit: "binary" }),
          time: fc.integer({ min: 0, max: 4_000_000_000_000 }),
          fields: fc.dictionary(
            fc.string().filter((name) => !(name.startsWith("@") || name === "caller" || name === "stacktrace")),
            fc.jsonValue(),
          ),
          source: fc.constantFrom("log", "console", "stdout", "stderr"),
          caller: fc.constantFrom("folder/file.ts:12", undefined),
        }),
        (original) => {
          // JSON has no minus zero.
          const same = { ...original, fields: JSON.parse(JSON.stringify(original.fields)) };
          expect(read(formatLogLine(original as LogEntry).trimEnd())).toEqual(same);
        },
      ),
    );
  });
});

describe("a line that a plugin of another make writes", () => {
  it.each([
    ["an array", '["a"]'],
    ["a number", "42"],
    ["a text in quotes", '"hello"'],
    ["null", "null"],
    ["an object without a level", '{"@message":"hello"}'],
    ["an object with an unknown level", '{"@level":"loud","@message":"hello"}'],
    ["an object whose level is the name of something that every object has", '{"@level":"constructor","@message":"x"}'],
    ["an object whose level is no text", '{"@level":3,"@message":"hello"}'],
    ["an object whose message is no text", '{"@level":"info","@message":42}'],
    ["an object with no message", '{"@level":"info"}'],
    ["half an object", '{"@level":"info","@mess'],
    ["plain text", "listening"],
    ["no text at all", ""],
  ])("is text when it is %s", (_, line) => {
    expect(read(line)).toMatchObject({ level: "debug", message: line, source: "stderr", fields: {} });
  });

  it.each([
    ["[TRACE] x", "trace"],
    ["[DEBUG] x", "debug"],
    ["[INFO]  x", "info"],
    ["[WARN] x", "warn"],
    ["[ERROR] x", "error"],
    ["[LOUD] x", "debug"],
    ["x [WARN] y", "debug"],
  ])("has the level of its prefix and keeps it: %s", (line, level) => {
    expect(read(line)).toMatchObject({ level, message: line });
  });

  it.each([
    ["2023-11-14T22:13:20.123456Z", 1_700_000_000_123],
    ["2023-11-14T23:13:20.123456+01:00", 1_700_000_000_123],
  ])("has the time that it names: %s", (timestamp, time) => {
    const line = JSON.stringify({ "@level": "warn", "@message": "m", "@timestamp": timestamp, "@module": "a.b", n: 1 });
    expect(read(line)).toEqual({
      level: "warn",
      message: "m",
      time,
      fields: { "@module": "a.b", n: 1 },
      source: "log",
    });
  });

  it("keeps what only has the name of a place in the code", () => {
    const line = JSON.stringify({
      "@level": "info",
      "@message": "m",
      caller: 17,
      stacktrace: "main.main\n\tmain.go:3",
    });
    const { fields, caller, stacktrace } = read(line);
    expect({ fields, caller, stacktrace }).toEqual({ fields: { caller: 17 }, stacktrace: "main.main\n\tmain.go:3" });
  });

  it.each([["no time"], [17], [null], [{}]])("has the present time when it names %s", (timestamp) => {
    const before = Date.now();
    const { time } = read(JSON.stringify({ "@level": "info", "@message": "m", "@timestamp": timestamp }));
    expect(time).toBeGreaterThanOrEqual(before);
  });

  it.each(["critical", "dpanic", "panic", "fatal"])("is an error at the level %s", (level) => {
    expect(read(JSON.stringify({ "@level": level, "@message": "m" }))).toMatchObject({ level: "error", source: "log" });
  });

  it.each(["panic: runtime error", "fatal error: all goroutines are asleep"])(
    "makes errors of all the text after it when it begins with %s",
    (first) => {
      const reader = createLogReader();
      expect(reader("before").level).toBe("debug");
      expect(reader(first).level).toBe("error");
      expect(reader("goroutine 1 [running]:").level).toBe("error");
      expect(reader("[WARN] tagged").level).toBe("warn");
      expect(reader('{"@level":"info","@message":"structured"}').level).toBe("info");
      expect(reader("main.go:17").level).toBe("error");
    },
  );

  it("may be anything", () => {
    const strange = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc
        .dictionary(fc.constantFrom("@level", "@message", "@timestamp", "__proto__", "a"), fc.jsonValue())
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(strange), (lines) => {
        const reader = createLogReader();
        for (const line of lines) {
          const { level, message, time } = reader(line);
          expect(["trace", "debug", "info", "warn", "error"]).toContain(level);
          expect(typeof message).toBe("string");
          expect(Number.isFinite(time)).toBe(true);
        }
      }),
    );
  });
});

describe("a line that was cut", () => {
  const cut = (json: string) => `${json.padEnd(maxLineLength, "x")}${cutMark}`;
  const level = '"@level":"error"';

  it("is read up to the cut, wherever that is", () => {
    expect(read(cut(`{"a":[1,{"b":"}"}],${level},"@message":"cannot decode`))).toMatchObject({
      level: "error",
      message: expect.stringMatching(/^cannot decodex+ \[cut\]$/),
      fields: { a: [1, { b: "}" }] },
      source: "log",
    });
  });

  it("keeps its message where a field is cut", () => {
    const begin = `{${level},"@message":"why","round":3,`;
    expect(read(cut(`${begin}"text":"`)).fields).toEqual({ round: 3, text: expect.stringMatching(/^x+ \[cut\]$/) });
    expect(read(cut(`${begin}"list":["`)).fields).toEqual({ round: 3, list: expect.stringMatching(/^\["x+ \[cut\]$/) });
    expect(read(cut(`${begin}"`))).toMatchObject({ level: "error", message: "why", fields: { round: 3 } });
    expect(read(`${`${begin}"number":`.padEnd(maxLineLength, "1")}${cutMark}`).fields).toEqual({ round: 3 });
  });

  it.each(["\\", "\\u", "\\u00e"])("may end within an escape: %s", (begun) => {
    const text = `{${level},"@message":"${"x".repeat(maxLineLength)}${begun}`;
    expect(read(`${text}${cutMark}`)).toMatchObject({ level: "error", message: expect.stringMatching(/^x+ \[cut\]$/) });
  });

  it("is text where it has no structure, no level or no message", () => {
    for (const begin of ["{", '{"a" 1', `{${level},"a":`, '{"@message":"', `{${level}x`, `{${level} "@message":"`]) {
      expect(read(cut(begin))).toMatchObject({ level: "debug", source: "stderr", fields: {} });
    }
  });
});

describe("a line that is nested deeply", () => {
  it("has what is too deep as a text, and everything else as it is", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}"]"${"]".repeat(depth)}`;
    const fields = `"fine":${nested(maxFieldDepth)}, "deep" : ${nested(20_000)} ,"round":3`;
    expect(read(`{"@level":"info","@message":"deep",${fields}}`)).toEqual({
      ...entry,
      message: "deep",
      time: expect.any(Number),
      fields: { fine: JSON.parse(nested(maxFieldDepth)), deep: nested(20_000), round: 3 },
    });
    expect(read(`{"@level":"info","@message":"deep",${nested(20)}}`).source).toBe("stderr");
  });
});
