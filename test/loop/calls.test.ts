import { Code, ConnectError, createHandlerContext } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Keystore } from "../../proto/gen/loop/keystore_pb.ts";
import { closeCall, shareDeadline, unary } from "../../src/loop/calls.ts";
import { until } from "../../src/testing/until.ts";

function contextWith(timeoutMs?: number) {
  return createHandlerContext({
    service: Keystore,
    method: Keystore.method.accounts,
    protocolName: "grpc",
    requestMethod: "POST",
    url: "http://plugin/loop.Keystore/Accounts",
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

describe("a handler", () => {
  it("passes on the caller's signal and the time that is left", async () => {
    const context = contextWith(60_000);
    const handler = unary(async (request: string, options) => ({ request, options }));
    const { request, options } = await handler("hello", context);
    expect(request).toBe("hello");
    expect(options.signal).toBe(context.signal);
    expect(options.timeoutMs).toBeGreaterThan(0);
    expect(options.timeoutMs).toBeLessThanOrEqual(60_000);
    context.abort();
  });

  it("has no time limit when the caller has none", async () => {
    const context = contextWith();
    const handler = unary(async (_: undefined, options) => Object.keys(options));
    expect(await handler(undefined, context)).toEqual(["signal"]);
    context.abort();
  });

  it("also converts errors that are thrown before the first await", async () => {
    const context = contextWith();
    const handler = unary((): Promise<never> => {
      throw new ConnectError("gone", Code.Unavailable);
    });
    await expect(handler(undefined, context)).rejects.toMatchObject({ code: Code.Unknown });
    context.abort();
  });
});

describe("a shared deadline", () => {
  it("leaves less time for each call and passes the signal to all", async () => {
    const { signal } = new AbortController();
    const rest = shareDeadline({ signal, timeoutMs: 60_000 });
    const first = rest();
    expect(first.signal).toBe(signal);
    await until("there is less time left", () => (rest().timeoutMs ?? 60_000) < 60_000);
    expect(first.timeoutMs).toBeLessThanOrEqual(60_000);
  });

  it("is DeadlineExceeded when no time is left", async () => {
    const rest = shareDeadline({ timeoutMs: 1 });
    const left = () => attempt(rest);
    await until("no time is left", () => left() instanceof ConnectError);
    expect(left()).toMatchObject({ code: Code.DeadlineExceeded });
  });

  it("is no deadline when none was given", () => {
    expect(shareDeadline()()).toEqual({});
    expect(shareDeadline({ timeoutMs: 0 })()).toEqual({ timeoutMs: 0 });
  });
});

describe("a Close", () => {
  it("succeeds when the other side has ended", async () => {
    await closeCall(Promise.resolve());
    await closeCall(Promise.reject(new ConnectError("plugin ended", Code.Unavailable)));
  });

  it("rejects with every other error", async () => {
    await expect(closeCall(Promise.reject(new ConnectError("stuck", Code.Unknown)))).rejects.toThrow("stuck");
  });
});

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
