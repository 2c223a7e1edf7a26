/** What a handler may throw, and what its caller must be told: any value can be thrown, and the fields of an error can hold anything. */
import { Code, ConnectError } from "@connectrpc/connect";

interface Thing {
  make(): unknown;
  readonly code?: Code;
  /** What the text of the caller's error is or matches. */
  readonly text: string | RegExp;
}

const unreadable = () => {
  throw new Error("not to be looked at");
};

/** An error whose fields were changed. */
function changed(error: Error, fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(error, fields);
}

function cyclic(): Error {
  const error: Error = new Error("its own cause");
  error.cause = error;
  return error;
}

/** The beginning of a text that was cut. */
function cut(letter: string, length: number): RegExp {
  return new RegExp(`^${letter}{2600,8192}\\.\\.\\. \\(cut: ${length} characters\\)$`);
}

export const things: Readonly<Record<string, Thing>> = {
  "an error": { make: () => new Error("plain"), text: "plain" },
  "an error that causes itself": { make: cyclic, text: "its own cause" },
  "an error whose message is an object": {
    make: () => changed(new Error("x"), { message: { a: 1 } }),
    text: "{ a: 1 }",
  },
  "an error whose message cannot be read": {
    make: () => Object.defineProperty(new Error("x"), "message", { get: unreadable }),
    text: "[no text]",
  },
  "an error of errors": {
    make: () => new AggregateError([new Error("one"), "two"], "both failed"),
    text: "both failed: one; two",
  },
  "an object": { make: () => ({ code: "E_QUOTA", limit: 5 }), text: /E_QUOTA.*5/ },
  "an object without a prototype": { make: () => Object.assign(Object.create(null), { a: 1 }), text: /a: 1/ },
  "an object whose text throws": { make: () => ({ toString: unreadable }), text: /toString/ },
  "an object that throws when it is looked at": {
    make: () => new Proxy({}, { get: unreadable, getPrototypeOf: unreadable }),
    text: "[no text]",
  },
  "an error that throws when it is looked at": {
    make: () => new Proxy(new Error("x"), { get: unreadable }),
    text: "[no text]",
  },
  "a promise that rejects": { make: () => Promise.reject(new Error("inner")), text: /^Promise .*inner/ },
  undefined: { make: () => undefined, text: "undefined" },
  null: { make: () => null, text: "null" },
  "a symbol": { make: () => Symbol("mark"), text: "Symbol(mark)" },
  "a text": { make: () => "a text", text: "a text" },
  "a text with line breaks": { make: () => new Error("a\0b\r\nc \u{1f600}"), text: "a\0b\r\nc \u{1f600}" },
  "a text that ends in half a character": { make: () => new Error("bad \ud83d"), text: "bad \ufffd" },
  "an immense text": { make: () => new Error("h".repeat(20_000_000)), text: cut("h", 20_000_000) },
  "an immense text of wide characters": { make: () => new Error("\u20ac".repeat(50_000)), text: cut("\u20ac", 50_000) },
  "an aborted wait": { make: () => new DOMException("gave up", "AbortError"), code: Code.Canceled, text: "gave up" },
  "a frozen error with a code": {
    make: () => Object.freeze(new ConnectError("frozen", Code.Aborted)),
    code: Code.Aborted,
    text: "frozen",
  },
  "an error with a code and no metadata": {
    make: () => changed(new ConnectError("bare", Code.Aborted), { metadata: null }),
    code: Code.Aborted,
    text: "bare",
  },
  "an error with a code and no details": {
    make: () => changed(new ConnectError("bare", Code.Aborted), { details: null }),
    code: Code.Aborted,
    text: "bare",
  },
  "an error with a code and details that are none": {
    make: () => changed(new ConnectError("odd", Code.Aborted), { details: [{ type: 5 }] }),
    code: Code.Aborted,
    text: /^odd \(without its details: /,
  },
  "an error with an object for a code": {
    make: () => changed(new ConnectError("odd", Code.Aborted), { code: { evil: true } }),
    text: /^odd .*evil/,
  },
  "an error with a code and an object for a text": {
    make: () => changed(new ConnectError("odd", Code.Aborted), { rawMessage: { a: 1 } }),
    text: "{ a: 1 }",
    code: Code.Aborted,
  },
};

export function thingOf(name: string): unknown {
  return things[name]?.make();
}
