/** Plugins in the host's own process that end, or come up too late: whatever is set up is disposed, once. */

import { describe, expect, it } from "vitest";
import { createInProcessTransport } from "../../../transports/in-process/index.ts";
import { check } from "../../../transports/options/check.ts";
import { type Launch, LaunchError, type PluginInstance } from "../../../transports/transport.ts";
import { createLaunch } from "../support.ts";

const transport = createInProcessTransport();

/** A plugin that is set up when it is told to, and counts how often it was disposed. */
function createSubject(routes = () => {}) {
  const begun = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const disposed = Promise.withResolvers<void>();
  let disposals = 0;
  const plugin = {
    async setup() {
      begun.resolve();
      await ready.promise;
      return {
        routes,
        dispose() {
          disposals++;
          disposed.resolve();
        },
      };
    },
  };
  return {
    begun: begun.promise,
    ready: () => ready.resolve(),
    disposed: disposed.promise,
    get disposals() {
      return disposals;
    },
    launch: (order: Partial<Launch> = {}): Promise<PluginInstance> =>
      transport.launch(check(transport.options, { module: plugin }, "subject"), createLaunch(order)),
  };
}

describe("an in-process plugin", () => {
  it("whose launch was given up is disposed when it comes up after all", async () => {
    const subject = createSubject();
    const enough = new AbortController();
    const launching = subject.launch({ signal: enough.signal }).catch((error: unknown) => error);
    await subject.begun;
    enough.abort();
    expect(await launching).toBeInstanceOf(LaunchError);
    expect(subject.disposals).toBe(0);
    subject.ready();
    await subject.disposed;
    expect(subject.disposals).toBe(1);
  });

  it("whose services cannot be added is disposed, and its launch fails", async () => {
    const subject = createSubject(() => {
      throw new Error("no services today");
    });
    subject.ready();
    const error = await subject.launch().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaunchError);
    expect(error).toMatchObject({ code: "launch-failed", message: "no services today" });
    await subject.disposed;
    expect(subject.disposals).toBe(1);
  });

  it("is disposed once, however often it is ended", async () => {
    const subject = createSubject();
    subject.ready();
    const instance = await subject.launch();
    const stopped = instance.stop({ graceMs: 5000 });
    instance.kill();
    instance.kill();
    await Promise.all([stopped, instance.stop({ graceMs: 5000 }), instance[Symbol.asyncDispose]()]);
    instance.kill();
    await subject.disposed;
    expect(subject.disposals).toBe(1);
  });
});
