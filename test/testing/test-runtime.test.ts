import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, definePlugin, LaunchError } from "../../src/index.ts";
import { createFakeClock, createTestRuntime } from "../../src/testing/index.ts";

const conformance = (name: string) => new URL(`../../src/testing/conformance/${name}.plugin.ts`, import.meta.url);
const silent = definePlugin({ setup: () => ({ routes: () => {} }) });

describe("a test runtime", () => {
  it("keeps lines and states, starts a plugin again at once, and has a short deadline", async () => {
    await using runtime = await createTestRuntime({ plugins: { subject: { module: conformance("conformance") } } });
    expect(runtime.logs.map(({ message }) => message)).toContain("conformance plugin is up");
    runtime.plugin("subject").kill();
    await runtime.until("subject", "backing-off");
    await runtime.until("subject", "ready");
    expect(runtime.states.map(({ to }) => to)).toEqual(["starting", "ready", "backing-off", "starting", "ready"]);
    const { timeoutMs } = await runtime.client("subject", Conformance).unary({});
    expect(timeoutMs).toBeLessThanOrEqual(5000);
  });

  it("ends everything also when the test throws", async () => {
    let last: string | undefined;
    const test = async () => {
      await using runtime = await createTestRuntime({
        plugins: { silent: { module: silent } },
        onState: ({ to }) => {
          last = to;
        },
      });
      expect(runtime.plugin("silent").state).toBe("ready");
      throw new Error("the test fails");
    };
    await expect(test()).rejects.toThrow("the test fails");
    expect(last).toBe("stopped");
  });

  it.each([
    [{ plugins: { a: undefined } }, "plugins.a.options.process: a process plugin needs the URL of a `module`"],
    [{ plugins: { a: null } }, "plugins.a: expected an object, got null"],
    [{ plugins: { a: "./x.ts" } }, 'plugins.a: expected an object, got "./x.ts"'],
    [{ plugins: null }, "options.plugins: expected an object, got null"],
    [{ plugins: { a: { module: silent, restart: "never" } } }, "plugins.a.restart: expected an object or false, got"],
    [{ plugins: { a: { module: silent, restart: true } } }, "plugins.a.restart: expected an object or false, got true"],
    [{ plugins: { a: { module: silent, restart: null } } }, "plugins.a.restart: expected an object or false, got null"],
    [{ onLog: 5 }, "options.onLog: expected a function"],
    [{ onState: "log" }, "options.onState: expected a function"],
    [{ plugin: {} }, "options.plugin: no such option; there are "],
    [null, "options: expected an object, got null"],
  ])("refuses what createRuntime refuses, in its words: %j", async (options, sentence) => {
    const given = options as never;
    expect(() => createRuntime(given)).toThrow(sentence);
    await expect(createTestRuntime(given)).rejects.toThrow(sentence);
  });

  it("gives up a wait for a state that can no longer come, and says what was seen", async () => {
    await using runtime = await createTestRuntime({ plugins: { silent: { module: silent, restart: false } } });
    const degraded = runtime.until("silent", "degraded").catch((error: Error) => error.message);
    runtime.plugin("silent").kill();
    expect(await degraded).toMatch(
      /Plugin "silent" did not become "degraded": it is failed\n {2}states: starting, ready, failed/,
    );
    await expect(runtime.until("silent", "ready")).rejects.toThrow("it is failed");
    const ready = runtime.until("silent", "ready");
    await runtime.plugin("silent").start();
    await ready;
    await expect(runtime.until("silent", "degraded", { timeoutMs: 5 })).rejects.toThrow("it is ready after 5 ms");
    expect(() => runtime.until("nobody", "ready")).toThrow(RangeError);
  });

  it("waits out a back-off on a fake clock, and not before its time", async () => {
    const clock = createFakeClock();
    await using runtime = await createTestRuntime({
      clock,
      plugins: { silent: { module: silent, restart: { initialDelayMs: 3_600_000, maxDelayMs: 3_600_000 } } },
    });
    const plugin = runtime.plugin("silent");
    expect(plugin.status.since).toBe("2000-01-01T00:00:00.000Z");
    plugin.kill();
    await runtime.until("silent", "backing-off");
    await clock.advance(3_599_999);
    expect(plugin.state).toBe("backing-off");
    await clock.advance(1);
    await runtime.until("silent", "ready");
    expect(plugin.status.since).toBe("2000-01-01T01:00:00.000Z");
  });

  it("shows what a plugin wrote that did not come up", async () => {
    const error = await createTestRuntime({
      plugins: { broken: { module: conformance("setup-throws"), transport: "process" } },
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaunchError);
    const { message, lastStderr } = error as LaunchError;
    for (const line of lastStderr) expect(message).toContain(line);
    expect(message).toContain("no database");
  });
});
