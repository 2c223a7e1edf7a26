import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { errorOfHandler, joined, prefixed } from "../../src/loop/errors.ts";

describe("the error that a handler answers with", () => {
  it("is the plain error itself, which the transport sends as Unknown", () => {
    const plain = new RangeError("too large");
    expect(errorOfHandler(plain)).toBe(plain);
    expect(errorOfHandler("text")).toBe("text");
  });

  it("is never Unavailable, which means a dead connection to a host", () => {
    const answered = errorOfHandler(new ConnectError("plugin ended", Code.Unavailable));
    expect(answered).toMatchObject({ code: Code.Unknown, rawMessage: "[unavailable] plugin ended" });
  });

  it("keeps any other code, but no metadata of the call that the error came from", () => {
    const inner = new ConnectError("not for you", Code.PermissionDenied, { "content-type": "application/grpc" });
    const answered = errorOfHandler(inner);
    expect(answered).toMatchObject({ code: Code.PermissionDenied, rawMessage: "not for you" });
    expect([...(answered as ConnectError).metadata]).toEqual([]);
  });

  it("is DeadlineExceeded or Canceled for the reasons of aborted signals", () => {
    expect(errorOfHandler(new DOMException("too slow", "TimeoutError"))).toMatchObject({
      code: Code.DeadlineExceeded,
      rawMessage: "too slow",
    });
    expect(errorOfHandler(new DOMException("given up", "AbortError"))).toMatchObject({ code: Code.Canceled });
  });
});

describe("a prefix", () => {
  it("precedes the text of a plain error, which stays plain and is the cause", () => {
    const cause = new TypeError("no key");
    const error = prefixed("failed to sign", cause);
    expect(error).not.toBeInstanceOf(ConnectError);
    expect(error.message).toBe("failed to sign: no key");
    expect(error.cause).toBe(cause);
  });

  it("keeps the code and metadata of a ConnectError", () => {
    const error = prefixed("failed to sign", new ConnectError("gone", Code.Unavailable, { "x-hint": "1" }));
    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: "failed to sign: gone" });
    expect((error as ConnectError).metadata.get("x-hint")).toBe("1");
  });
});

describe("several errors at once", () => {
  it("become one error with all texts, and the code of the first error that has one", () => {
    const lost = new ConnectError("lost", Code.NotFound);
    const late = new ConnectError("late", Code.DeadlineExceeded);
    expect(joined([new Error("plain"), lost, late])).toMatchObject({
      code: Code.NotFound,
      rawMessage: "plain; lost; late",
    });
    const plain = joined([new Error("one"), new Error("two")]);
    expect(plain).not.toBeInstanceOf(ConnectError);
    expect(plain.message).toBe("one; two");
  });

  it("are the error itself when there is only one", () => {
    const only = new ConnectError("lost", Code.NotFound);
    expect(joined([only])).toBe(only);
  });
});
