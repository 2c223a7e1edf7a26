import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createRuntime } from "../../src/index.ts";
import { createLedger, kinds, ledgerModule, until } from "./support.ts";

const quick = { initialDelayMs: 1, maxDelayMs: 5, jitter: 0, healthyMs: 1e9 };

describe.each(kinds)("a resource of a plugin on %s", (transport) => {
  const plugins = (ledger: string) => ({
    ledger: { module: ledgerModule, transport, config: { ledger }, restart: quick },
  });

  it("is made once for all who ask, and again in the next life", async () => {
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

  it("holds nobody beyond his own deadline while it is being made", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const gate = Promise.withResolvers<void>();
    const resource = runtime.plugin("ledger").resource({ create: () => gate.promise.then(() => "made") });
    const patient = resource.get();
    const error = await resource.get({ timeoutMs: 20 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectError);
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

  it("may be made out of another resource of the same life, also in a life that is not yet present", async () => {
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
    const outer = plugin.resource({ create: async (life) => `outer of ${await inner.within(life)}` });
    expect(await outer.get()).toBe("outer of inner 1");
    const report = await plugin.restart();
    expect(report.recreated).toBe(2);
    expect(await outer.get()).toBe("outer of inner 2");
    expect(disposed).toEqual(["inner 1"]);
  });

  it("is refused at once when no life is to come", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ plugins: plugins(ledger.path), onLog: () => {} });
    const plugin = runtime.plugin("ledger");
    const resource = plugin.resource({ create: async () => 1 });
    await plugin.stop();
    await until(() => plugin.state === "stopped");
    const error = await resource.get().catch((thrown: unknown) => thrown);
    expect((error as ConnectError).code).toBe(Code.Unavailable);
  });
});
