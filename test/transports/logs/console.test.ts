import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { captureWrites, createLineSplitter, entriesOf } from "../../../transports/logs/console.ts";
import type { LogEntry } from "../../../transports/plugin.ts";

function split(chunks: readonly string[], maxLength?: number): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), maxLength === undefined ? {} : { maxLength });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.flush();
  return lines;
}

describe("the line splitter", () => {
  it("cuts at line ends of both kinds and leaves empty lines out", () => {
    expect(split(["one\ntwo\r\n\n\r\nth", "ree\r", "\nfour"])).toEqual(["one", "two", "three", "four"]);
  });

  it("hands on a last line without an end only when it is told to", () => {
    const lines: string[] = [];
    const splitter = createLineSplitter((line) => lines.push(line));
    splitter.push("half");
    expect(lines).toEqual([]);
    splitter.flush();
    splitter.flush();
    expect(lines).toEqual(["half"]);
  });

  it("cuts a long line and marks the cut, whether it comes at once or in pieces", () => {
    const long = "x".repeat(25);
    const wanted = ["xxxxxxxxxx [cut]", "xxxxxxxxxx [cut]", "xxxxx", "next"];
    expect(split([`${long}\nnext\n`], 10)).toEqual(wanted);
    expect(split([...long, "\n", "next"], 10)).toEqual(wanted);
    expect(split([long.slice(0, 9), `${long.slice(9)}\nnext`], 10)).toEqual(wanted);
  });

  it("does not cut a character into halves", () => {
    expect(split([`xxx${"😀".repeat(3)}`], 4)).toEqual(["xxx [cut]", "😀😀 [cut]", "😀"]);
  });

  it("gives the same lines however the text is cut into chunks", () => {
    const text = fc.array(fc.constantFrom("a", "bc", "\n", "\r", "\r\n", "😀", "é", " "), { maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 12 }), fc.array(fc.nat(20)), (parts, maxLength, cuts) => {
        const whole = parts.join("");
        const chunks: string[] = [];
        let begin = 0;
        for (const cut of cuts) {
          chunks.push(whole.slice(begin, begin + cut));
          begin += cut;
        }
        chunks.push(whole.slice(begin));
        const lines = split(chunks, maxLength);
        expect(lines).toEqual(split([whole], maxLength));
        for (const line of lines) expect(line.replace(/ \[cut\]$/, "").length).toBeLessThanOrEqual(maxLength);
        // Nothing is lost but the ends of lines.
        expect(
          lines
            .map((line) => line.replace(/ \[cut\]$/, ""))
            .join("")
            .replaceAll("\r", ""),
        ).toBe(whole.replaceAll(/[\r\n]/g, ""));
      }),
    );
  });
});

describe("what plugin code writes to a standard stream", () => {
  function read(chunks: readonly Uint8Array[]): LogEntry[] {
    const entries: LogEntry[] = [];
    const reader = entriesOf("stderr", (entry) => entries.push(entry));
    for (const chunk of chunks) reader.write(chunk);
    reader.flush();
    return entries;
  }

  it("becomes entries, the last one without a line's end too", () => {
    const entries = read([Buffer.from("one\ntwo\nthr"), Buffer.from("ee")]);
    expect(entries.map(({ message }) => message)).toEqual(["one", "two", "three"]);
    expect(entries[0]).toMatchObject({ level: "warn", source: "stderr", fields: {} });
  });

  it("keeps characters that are split over chunks", () => {
    const bytes = Buffer.from("grün 😀 ok\n");
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(read([bytes.subarray(0, cut), bytes.subarray(cut)]).map(({ message }) => message)).toEqual(["grün 😀 ok"]);
    }
  });

  it("may be anything", () => {
    fc.assert(fc.property(fc.array(fc.uint8Array()), (chunks) => void read(chunks)));
  });

  it("is caught with its encoding, and whoever waits for the write is told", async () => {
    const chunks: Buffer[] = [];
    const passed: unknown[] = [];
    const stream = { write: (chunk: unknown) => passed.push(chunk) } as unknown as NodeJS.WriteStream;
    const toRealStream = captureWrites(stream, (chunk) => chunks.push(Buffer.from(chunk)));
    await new Promise<unknown>((resolve) => stream.write("6869", "hex", resolve));
    await new Promise<unknown>((resolve) => stream.write(Uint8Array.of(33), resolve));
    stream.write("ü");
    expect(Buffer.concat(chunks).toString()).toBe("hi!ü");
    expect(passed).toEqual([]);
    toRealStream("through");
    expect(passed).toEqual(["through"]);
  });
});
