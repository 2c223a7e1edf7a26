import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, LaunchError, type PluginHandle } from "../../src/index.ts";
import { failure } from "../../src/testing/failure.ts";
import { createFakeClock } from "../../src/testing/index.ts";
import { until } from "../../src/testing/until.ts";
import { createLedger, kinds, ledgerModule } from "./support.ts";

const never = new Promise<never>(() => {});
const quick = { initialDelayMs: 1, maxDelayMs: 5, jitter: 0, healthyMs: 1e9 };

describe.each(kinds)("a resource of a plugin on %s", (transport) => {
  const plugins = (ledger: string) => ({
    ledger: { module: ledgerModule, transport, config: { ledger }, restart: quick },
  });

  it("is made once for all callers, and again in the next instance", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const made: number[] = [];
    const resource = plugin.resource({
      create: async ({ generation }) => {
        made.push(generation);
        return { generation };
      },
    });
    const all = await Promise.all([resource.get(), resource.get(), resource.get()]);
    expect(new Set(all).size).toBe(1);
    plugin.kill();
    expect((await resource.get()).generation).toBe(2);
    expect(made).toEqual([1, 2]);
  });

  it("holds no caller beyond its deadline while it is being made", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const gate = Promise.withResolvers<void>();
    const resource = runtime.plugin("ledger").resource({ create: () => gate.promise.then(() => "made") });
    const patient = resource.get();
    const late = await failure(resource.get({ timeoutMs: 20 }));
    expect(late.code).toBe(Code.DeadlineExceeded);
    const signal = AbortSignal.abort(new ConnectError("no more", Code.Aborted));
    expect((await failure(resource.get({ timeoutMs: 1e12, signal }))).code).toBe(Code.Aborted);
    gate.resolve();
    expect(await patient).toBe("made");
  });

  it("is tried again after a failure", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    let tries = 0;
    const resource = runtime.plugin("ledger").resource({
      create: async () => {
        if (++tries === 1) throw new Error("not yet");
        return tries;
      },
    });
    await expect(resource.get()).rejects.toThrow("not yet");
    expect(await resource.get()).toBe(2);
  });

  it("may be made of another resource of the same instance, even in an instance that is not yet the current one", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const disposed: string[] = [];
    const inner = plugin.resource({
      create: async ({ generation }) => `inner ${generation}`,
      dispose: (value) => {
        disposed.push(value);
      },
    });
    const outer = plugin.resource({ create: async (instance) => `outer of ${await inner.within(instance)}` });
    expect(await outer.get()).toBe("outer of inner 1");
    const report = await plugin.restart();
    expect(report.recreated).toBe(2);
    expect(await outer.get()).toBe("outer of inner 2");
    expect(disposed).toEqual(["inner 1"]);
  });

  it("is not made for callers that wait for an instance when it is disposed", async () => {
    using ledger = createLedger();
    const clock = createFakeClock();
    const { ledger: options } = plugins(ledger.path);
    const slow = { ...options, restart: { ...quick, initialDelayMs: 1000, maxDelayMs: 1000 } };
    await using runtime = await createRuntime({ plugins: { ledger: slow }, onLog: () => {}, clock });
    const plugin = runtime.plugin("ledger");
    let made = 0;
    const resource = plugin.resource({ create: async () => ++made });
    plugin.kill();
    await until("the plugin has crashed", () => plugin.state === "backing-off");
    const refused = resource.get().catch((error: unknown) => error);
    await resource[Symbol.asyncDispose]();
    await clock.advance(1000);
    expect(String(await refused)).toContain("Cannot get a resource that was disposed");
    await expect(resource.get()).rejects.toThrow("Cannot get a resource that was disposed");
    expect(made).toBe(0);
  });

  it("is refused at once when no instance is starting", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const resource = plugin.resource({ create: async () => 1 });
    await plugin.stop();
    await until("the plugin has stopped", () => plugin.state === "stopped");
    expect((await failure(resource.get())).code).toBe(Code.Unavailable);
  });

  it("does not delay a stop while it is being made, and is disposed once it is made", async () => {
    using ledger = createLedger();
    const runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const begun: number[] = [];
    const disposed: number[] = [];
    const resource = plugin.resource({
      create: ({ generation }) => {
        begun.push(generation);
        return gates[generation - 1]?.promise.then(() => generation) ?? never;
      },
      dispose: (generation) => {
        disposed.push(generation);
      },
    });
    const first = resource.get();
    await until("the first resource is being made", () => begun.length === 1);
    await plugin.stop();
    await plugin.start();
    const second = resource.get();
    await until("the second resource is being made", () => begun.length === 2);
    await runtime.close();
    expect(plugin.state).toBe("stopped");
    for (const gate of gates) gate.resolve();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    await until("both resources were disposed of", () => disposed.length === 2);
    expect(ledger.lines()).toEqual(["setup", "dispose", "setup", "dispose"]);
  });

  it("does not keep the plugin from stopping when its disposal hangs", async () => {
    using ledger = createLedger();
    const { ledger: options } = plugins(ledger.path);
    const runtime = await createRuntime({ plugins: { ledger: { ...options, stopGraceMs: 500 } }, onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const resource = plugin.resource({ create: async ({ generation }) => generation, dispose: () => never });
    expect(await resource.get()).toBe(1);
    expect(await plugin.restart({ drainMs: 500 })).toMatchObject({ recreated: 1 });
    expect(await resource.get()).toBe(2);
    await runtime.close();
    expect(plugin.state).toBe("stopped");
  });

  it("is disposed before what it was made of, and has the time that calls have to finish", async () => {
    using ledger = createLedger();
    const { ledger: options } = plugins(ledger.path);
    await using runtime = await createRuntime({ plugins: { ledger: { ...options, stopGraceMs: 1 } }, onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const disposed: string[] = [];
    const base = plugin.resource({ create: async () => "base", dispose: (name) => void disposed.push(name) });
    const made = plugin.resource({
      create: async (instance) => `made of ${await base.within(instance)}`,
      async dispose(name) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        disposed.push(name);
      },
    });
    expect(await made.get()).toBe("made of base");
    await plugin.restart();
    expect(disposed).toEqual(["made of base", "base"]);
  });

  /** A resource that never gets made in the second instance. */
  function stuckInSecondInstance(plugin: PluginHandle) {
    const begun: number[] = [];
    const resource = plugin.resource({
      create: async ({ generation }) => {
        begun.push(generation);
        return generation === 2 ? never : generation;
      },
    });
    return { resource, begun };
  }

  describe.each([true, false])("that is not made again in the next instance, overlapping: %s", (overlap) => {
    it("fails the restart when the time for a start is up, and the next instance has it", async () => {
      using ledger = createLedger();
      const clock = createFakeClock();
      const { ledger: options } = plugins(ledger.path);
      await using runtime = await createRuntime({
        plugins: { ledger: { ...options, health: false, startTimeoutMs: 60_000 } },
        onLog: () => {},
        clock,
      });
      const plugin = runtime.plugin("ledger");
      const { resource, begun } = stuckInSecondInstance(plugin);
      await resource.get();
      const refused = plugin.restart({ overlap }).catch((error: unknown) => error);
      await until("the second resource is being made", () => begun.length === 2);
      await clock.advance(60_000);
      expect(await refused).toBeInstanceOf(LaunchError);
      expect(String(await refused)).toContain("a resource was not made again within 60000 ms");
      if (!overlap) {
        await until("the plugin has crashed", () => plugin.state === "backing-off");
        await clock.advance(quick.maxDelayMs);
      }
      const generation = overlap ? 1 : 3;
      expect(await resource.get()).toBe(generation);
      expect(plugin.state).toBe("ready");
      await plugin.client(Conformance).unary({ id: "works" });
      await runtime.close();
      expect(clock.pending).toEqual([]);
    });

    it("does not keep the plugin from ending", async () => {
      using ledger = createLedger();
      const runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
      const plugin = runtime.plugin("ledger");
      const { resource, begun } = stuckInSecondInstance(plugin);
      await resource.get();
      const refused = plugin.restart({ overlap }).catch((error: unknown) => error);
      await until("the second resource is being made", () => begun.length === 2);
      await runtime.close();
      expect(await refused).toBeInstanceOf(LaunchError);
      expect(String(await refused)).toContain("the plugin was stopped");
      expect(plugin.state).toBe("stopped");
    });
  });
});
