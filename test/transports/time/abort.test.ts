import { describe, expect, it } from "vitest";
import { aborted, unlessAborted } from "../../../transports/time/abort.ts";
import { countListeners } from "./listeners.ts";

const never = new Promise<never>(() => {});

describe("waiting for signals", () => {
  it("ends with the first that aborts, and listens to none of them any more", async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const counts = [one, other].map(({ signal }) => countListeners(signal));
    const waiting = aborted(one.signal, other.signal);
    expect(counts.map((count) => count())).toEqual([1, 1]);
    other.abort();
    await waiting;
    expect(counts.map((count) => count())).toEqual([0, 0]);
  });

  it("ends at once where one has aborted", async () => {
    const { signal } = new AbortController();
    const count = countListeners(signal);
    await aborted(signal, AbortSignal.abort());
    expect(count()).toBe(0);
  });
});

describe("waiting for a promise unless a signal aborts", () => {
  it("settles as the promise does, and listens no more", async () => {
    const { signal } = new AbortController();
    const count = countListeners(signal);
    expect(await unlessAborted(Promise.resolve("value"), signal)).toBe("value");
    await expect(unlessAborted(Promise.reject(new Error("own")), signal)).rejects.toThrow("own");
    expect(count()).toBe(0);
  });

  it("rejects with the signal's reason, or with what is made of it", async () => {
    const controller = new AbortController();
    const plain = unlessAborted(never, controller.signal);
    const converted = unlessAborted(never, controller.signal, ({ reason }) => new Error(`because: ${reason}`));
    controller.abort("enough");
    await expect(plain).rejects.toBe("enough");
    await expect(converted).rejects.toThrow("because: enough");
    await expect(unlessAborted(never, controller.signal)).rejects.toBe("enough");
  });

  it("leaves a promise that fails later to itself", async () => {
    const unheard: unknown[] = [];
    const note = (error: unknown) => unheard.push(error);
    process.on("unhandledRejection", note);
    try {
      const [late, later] = [Promise.withResolvers<never>(), Promise.withResolvers<never>()];
      const controller = new AbortController();
      const left = unlessAborted(late.promise, controller.signal);
      controller.abort(new Error("enough"));
      await expect(left).rejects.toThrow("enough");
      await expect(unlessAborted(later.promise, controller.signal)).rejects.toThrow("enough");
      late.reject(new Error("nobody waits"));
      later.reject(new Error("nobody waits"));
      await new Promise((resolve) => setImmediate(resolve));
      expect(unheard).toEqual([]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });

  it("is waiting for the promise where there is no signal", async () => {
    expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
  });
});
