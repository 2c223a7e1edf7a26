import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { asError, errorCode, errorText } from "../../src/values/error-text.ts";
import { textWithoutCode } from "../../transports/calls/errors.ts";

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
    ["an object without a prototype", Object.create(null), "[no text]"],
    ["an object whose text throws", unwritable, "[no text]"],
    ["an object that does not want to be looked at", secretive, "[object Object]"],
    ["a message that is not a string", Object.assign(new Error("x"), { message: 7 }), "7"],
    ["a message without a text", Object.assign(new Error("x"), { message: Object.create(null) }), "[no text]"],
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
    expect(textWithoutCode(Object.create(null))).toBe("[no text]");
  });
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
  expect(asError(Object.create(null)).message).toBe("[no text]");
});
