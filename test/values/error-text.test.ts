import { runInNewContext } from "node:vm";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  asError,
  cutErrorText,
  errorCode,
  errorText,
  maxErrorTextBytes,
  stackText,
} from "../../src/values/error-text.ts";
import { textWithoutCode } from "../../transports/calls/connect-error.ts";

const throwing = Object.defineProperty(new Error("hidden"), "message", {
  get() {
    throw new Error("no message for you");
  },
});
const unwritable = {
  toString() {
    throw new Error("no text for you");
  },
};
const secretive = new Proxy({}, { getPrototypeOf: () => unwritable.toString() });

describe("the text of what was thrown", () => {
  it.each([
    ["an error's message", new RangeError("too far"), "too far"],
    [
      "the code of an error without a message",
      Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
      "ECONNREFUSED",
    ],
    ["the name of an error without either", new TypeError(""), "TypeError"],
    ["an aborted wait", new DOMException("stopped", "AbortError"), "stopped"],
    ["a string", "plain", "plain"],
    ["a number", 7, "7"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a symbol", Symbol("mark"), "Symbol(mark)"],
    ["an object without a text of its own", { code: 5, list: [1n] }, "{ code: 5, list: [ 1n ] }"],
    ["an object with a text of its own", new URL("http://localhost/x"), "http://localhost/x"],
    ["an object without a prototype", Object.create(null), "[Object: null prototype] {}"],
    ["an object whose text throws", unwritable, "{ toString: [Function: toString] }"],
    ["an object that does not want to be looked at", secretive, "[no text]"],
    ["an object with an error in it, without the stack", { inner: new Error("x"), b: 1 }, "{ inner: Error: x, b: 1 }"],
    ["errors together", new AggregateError([new Error("one"), { a: 1 }], "failed"), "failed: one; { a: 1 }"],
    ["errors together that the message tells", new AggregateError([new Error("one")], "failed: one"), "failed: one"],
    ["an error of another realm", runInNewContext("new Error('far away')"), "far away"],
    ["a message that is not a string", Object.assign(new Error("x"), { message: 7 }), "7"],
    ["a message that is an object", Object.assign(new Error("x"), { message: { a: 1 } }), "{ a: 1 }"],
  ])("is had of %s", (_, thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });

  it("is found even if reading the message throws", () => {
    expect(errorText(throwing)).toBe("[no text]");
  });

  it("can be had without a call's code", () => {
    const error = new ConnectError("gone", Code.Unavailable);
    expect(errorText(error)).toBe("[unavailable] gone");
    expect(textWithoutCode(error)).toBe("gone");
    expect(textWithoutCode(new Error("plain"))).toBe("plain");
    expect(textWithoutCode(secretive)).toBe("[no text]");
  });
});

describe("a text that is too long", () => {
  it.each(["x", "\u00fc", "\u20ac", "\u{1f600}"])(
    "is cut to one length in UTF-8, whatever its characters: %s",
    (letter) => {
      const text = errorText(new Error(letter.repeat(20_000)));
      expect(text).toMatch(/\.\.\. \(cut: \d+ characters\)$/);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxErrorTextBytes);
      expect(Buffer.byteLength(text)).toBeGreaterThan(maxErrorTextBytes - 8);
      expect([text.isWellFormed(), cutErrorText(text)]).toEqual([true, text]);
    },
  );

  it("is one that does not fit", () => {
    const fits = "x".repeat(maxErrorTextBytes);
    expect(errorText(fits)).toBe(fits);
    expect(errorText(`${fits}x`)).not.toContain(fits);
  });
});

it("finds the stack of an error, or its text", () => {
  expect(stackText(new Error("here"))).toMatch(/here.*\n.*error-text\.test/s);
  expect([stackText("text"), stackText(throwing), stackText(secretive)]).toEqual([
    "text",
    expect.any(String),
    "[no text]",
  ]);
});

it("finds the code that the system gave an error", () => {
  expect(errorCode(Object.assign(new Error("no such file"), { code: "ENOENT" }))).toBe("ENOENT");
  expect([new Error("x"), new ConnectError("gone", Code.Unavailable), { code: "ENOENT" }, null].map(errorCode)).toEqual(
    [undefined, undefined, undefined, undefined],
  );
});

it("makes an error of anything that is not one", () => {
  const error = new TypeError("itself");
  expect(asError(error)).toBe(error);
  expect(asError("a string")).toStrictEqual(new Error("a string"));
  expect(asError(secretive).message).toBe("[no text]");
});
