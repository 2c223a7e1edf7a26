import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brand, type FromGuest, type FromHost, readFromGuest, readFromHost } from "../../../transports/link/control.ts";
import { FrameError } from "../../../transports/link/frames.ts";

describe("a control message", () => {
  it.each<FromHost>([
    {
      type: "begin",
      plugin: "file:///p.ts",
      guestProgram: "file:///g.ts",
      config: { a: [1] },
      handshake: { cookieKey: "K", cookieValue: "v", protocolVersions: [1, 2] },
      maxMessageBytes: 1024,
      threads: 1,
    },
    { type: "stop" },
    { type: "logged", count: 64 },
    { type: "serve", id: 3 },
    { type: "unserve", id: 3 },
  ])("of a host is read as it was sent: %o", (message) => {
    expect(readFromHost(structuredClone(brand(message)))).toEqual(message);
  });

  it.each<FromGuest>([
    { type: "ready", facts: { threadId: 4, protocolVersion: 1 } },
    { type: "ready", facts: { pid: 4, protocolVersion: 1 } },
    { type: "ready", facts: { protocolVersion: 0 } },
    { type: "failed", code: "handshake-failed", message: "no" },
    { type: "failed", code: "launch-failed", message: "no" },
    { type: "log", entry: { level: "warn", message: "m", time: 5, fields: { a: [1] }, source: "stdout" } },
    { type: "crashed", message: "stack" },
    { type: "exiting", code: 7 },
    { type: "serve", id: 3 },
    { type: "unserve", id: 3 },
  ])("of a guest is read as it was sent: %o", (message) => {
    expect(readFromGuest(structuredClone(brand(message)))).toEqual(message);
  });

  it.each([undefined, null, 3, "stop", [], {}, { type: "stop" }, { loopp: 2, type: "stop" }])(
    "without the brand is somebody else's: %o",
    (value) => {
      expect(readFromHost(value)).toBeUndefined();
      expect(readFromGuest(value)).toBeUndefined();
    },
  );

  it.each([
    {},
    { type: 3 },
    { type: "fly" },
    { type: "ready", facts: { threadId: 1 } },
    { type: "ready", facts: { threadId: 1.5, protocolVersion: 1 } },
    { type: "ready" },
    { type: "failed", message: 3 },
    { type: "crashed" },
    { type: "exiting", code: Number.NaN },
    { type: "log" },
    { type: "log", entry: { message: { toString: 1 } } },
    { type: "serve" },
    { type: "unserve", id: "3" },
  ])("with the brand and without its form is refused: %o", (value) => {
    expect(() => readFromGuest({ loopp: 1, ...value })).toThrow(FrameError);
  });

  it("gives every entry of a log a level, a source and a time that a date can be made of", () => {
    const entry = { level: "loud", message: "m", time: Number.POSITIVE_INFINITY, fields: "none", source: "host" };
    const read = readFromGuest({ loopp: 1, type: "log", entry });
    expect(read).toMatchObject({ entry: { level: "info", message: "m", fields: {}, source: "log" } });
    expect(() => new Date((read as { entry: { time: number } }).entry.time).toISOString()).not.toThrow();
  });

  it("may be anything", () => {
    const types = fc.constantFrom(
      "begin",
      "stop",
      "ready",
      "failed",
      "log",
      "crashed",
      "exiting",
      "serve",
      "unserve",
      "toString",
    );
    const hostile = fc
      .tuple(
        types,
        fc.dictionary(
          fc.constantFrom("id", "facts", "handshake", "plugin", "code", "message", "entry"),
          fc.anything({ withNullPrototype: true, withBigInt: true }),
        ),
      )
      .map(([type, rest]) => ({ loopp: 1, type, ...rest }));
    fc.assert(
      fc.property(fc.oneof(hostile, fc.anything()), (value) => {
        for (const read of [readFromHost, readFromGuest]) {
          try {
            read(value);
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
          }
        }
      }),
    );
  });
});
