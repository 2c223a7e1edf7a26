import { describe, expect, it, onTestFinished, vi } from "vitest";
import { closeByCall, createObjectScope, endObjectScope } from "../../src/loop/object-scope.ts";

function createObject(name: string, log: string[], failure?: string) {
  return {
    async close() {
      log.push(`close ${name}`);
      if (failure !== undefined) throw new Error(failure);
    },
  };
}

function createHeld(name: string, log: string[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      log.push(`free ${name}`);
    },
  };
}

describe("the scope of an object", () => {
  it("ends the children, then closes the object, then frees what it holds", async () => {
    const log: string[] = [];
    const parent = createObjectScope(createObject("parent", log));
    const child = createObjectScope(createObject("child", log));
    parent.adopt(child);
    parent.hold(createHeld("parent's", log));
    child.hold(createHeld("child's", log));

    await endObjectScope(parent);
    expect(log).toEqual(["close child", "free child's", "close parent", "free parent's"]);
    expect(parent.closed).toBe(true);
  });

  it("ends once, even when several callers end it", async () => {
    const log: string[] = [];
    const parent = createObjectScope(createObject("parent", log));
    const child = createObjectScope(createObject("child", log));
    parent.adopt(child);
    child.hold(createHeld("child's", log));

    await endObjectScope(child);
    await Promise.all([endObjectScope(parent), endObjectScope(parent), endObjectScope(child)]);
    expect(log).toEqual(["close child", "free child's", "close parent"]);
  });

  it("frees even when closing fails, and reports every error", async () => {
    const log: string[] = [];
    const parent = createObjectScope(createObject("parent", log, "parent is stuck"));
    const child = createObjectScope(createObject("child", log, "child is stuck"));
    parent.adopt(child);
    parent.hold(createHeld("parent's", log));
    child.hold(createHeld("child's", log));

    const ended = endObjectScope(parent);
    await expect(ended).rejects.toThrow("child is stuck; parent is stuck");
    expect(log).toEqual(["close child", "free child's", "close parent", "free parent's"]);
  });

  it("refuses a child when it has closed, and frees at once what is held after that", async () => {
    const log: string[] = [];
    const parent = createObjectScope(createObject("parent", log));
    await endObjectScope(parent);
    expect(() => parent.adopt(createObjectScope(createObject("late child", log)))).toThrow(
      "Cannot make a new object: its maker has been closed",
    );
    parent.hold(createHeld("late", log));
    expect(log).toEqual(["close parent", "free late"]);
  });

  it("frees after the answer to the call that closed it has had time to be sent", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const log: string[] = [];
    const scope = createObjectScope(createObject("object", log));
    scope.hold(createHeld("connection", log));

    const call = new AbortController();
    await closeByCall(scope, call.signal, {});
    await vi.advanceTimersByTimeAsync(10_000);
    log.push("answered");
    call.abort();
    await vi.advanceTimersByTimeAsync(99);
    log.push("a little later");
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(["close object", "answered", "a little later", "free connection"]);
  });
});
