import { describe, expect, it } from "vitest";
import { createBoundedLog } from "../../../transports/logs/bounded-log.ts";

/** A stream that takes so many lines before it has enough. */
function createSlowStream(room: number) {
  const written: string[] = [];
  const log = createBoundedLog<string>({
    maxLines: 2000,
    maxChars: 4 * 1024 * 1024,
    lastLines: 64,
    charsOf: (line) => line.length,
    noteOf: (dropped) => `${dropped} dropped`,
    send(line) {
      written.push(line);
      return written.length < room;
    },
  });
  const drain = (more: number) => {
    room = written.length + more;
    log.resume();
  };
  return { log, written, drain };
}

describe("a plugin's log to a slow host", () => {
  it("keeps lines in their order until the stream takes more", () => {
    const { log, written, drain } = createSlowStream(2);
    for (const line of ["a", "b", "c", "d"]) log.add(line);
    expect(written).toEqual(["a", "b"]);
    drain(1);
    expect(written).toEqual(["a", "b", "c"]);
    drain(5);
    log.add("e");
    expect(written).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("drops what is over the limit, says so in its place, and goes on", () => {
    const { log, written, drain } = createSlowStream(1);
    const long = "x".repeat(1024 * 1024);
    for (let line = 0; line < 10; line++) log.add(long);
    expect(written.length).toBe(1);
    drain(100);
    expect(written.length).toBe(6);
    expect(written.at(-1)).toBe("5 dropped");
    log.add("after");
    expect(written.at(-1)).toBe("after");
  });

  it("gives the end of a flood at its end", () => {
    const { log } = createSlowStream(1);
    for (let line = 0; line < 1000; line++) log.add(`line ${line}`);
    const last = log.takeWaiting();
    expect(last.length).toBe(65);
    expect(last[0]).toBe("935 dropped");
    expect(last.at(-1)).toBe("line 999");
    expect(log.takeWaiting()).toEqual([]);
  });
});
