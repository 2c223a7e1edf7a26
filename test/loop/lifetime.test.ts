import { describe, expect, it, onTestFinished, vi } from "vitest";
import { closeByCall, createLifetime, endLifetime } from "../../src/loop/lifetime.ts";

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

describe("a lifetime", () => {
  it("ends the children, then closes the object, then frees what it holds", async () => {
    const log: string[] = [];
    const parent = createLifetime(createObject("parent", log));
    const child = createLifetime(createObject("child", log));
    parent.adopt(child);
    parent.hold(createHeld("parent's", log));
    child.hold(createHeld("child's", log));

    await endLifetime(parent);
    expect(log).toEqual(["close child", "free child's", "close parent", "free parent's"]);
    expect(parent.closed).toBe(true);
  });

  it("ends once, whoever ends it", async () => {
    const log: string[] = [];
    const parent = createLifetime(createObject("parent", log));
    const child = createLifetime(createObject("child", log));
    parent.adopt(child);
    child.hold(createHeld("child's", log));

    await endLifetime(child);
    await Promise.all([endLifetime(parent), endLifetime(parent), endLifetime(child)]);
    expect(log).toEqual(["close child", "free child's", "close parent"]);
  });

  it("frees also when closing fails, and tells every error", async () => {
    const log: string[] = [];
    const parent = createLifetime(createObject("parent", log, "parent is stuck"));
    const child = createLifetime(createObject("child", log, "child is stuck"));
    parent.adopt(child);
    parent.hold(createHeld("parent's", log));
    child.hold(createHeld("child's", log));

    const ended = endLifetime(parent);
    await expect(ended).rejects.toThrow("Error: child is stuck; Error: parent is stuck");
    expect(log).toEqual(["close child", "free child's", "close parent", "free parent's"]);
  });

  it("takes no child any more when it has closed, and frees at once what comes too late", async () => {
    const log: string[] = [];
    const parent = createLifetime(createObject("parent", log));
    await endLifetime(parent);
    expect(() => parent.adopt(createLifetime(createObject("late child", log)))).toThrow(
      "Cannot make a new object: what makes it has been closed",
    );
    parent.hold(createHeld("late", log));
    expect(log).toEqual(["close parent", "free late"]);
  });

  it("frees when the answer to the call that closed it has had time to leave", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const log: string[] = [];
    const lifetime = createLifetime(createObject("object", log));
    lifetime.hold(createHeld("connection", log));

    const call = new AbortController();
    await closeByCall(lifetime, call.signal, {});
    await vi.advanceTimersByTimeAsync(10_000);
    log.push("answered");
    call.abort();
    await vi.advanceTimersByTimeAsync(99);
    log.push("a little later");
    await vi.advanceTimersByTimeAsync(1);
    expect(log).toEqual(["close object", "answered", "a little later", "free connection"]);
  });
});
