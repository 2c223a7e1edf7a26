import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, findExit } from "../../src/index.ts";
import { until } from "../../src/testing/until.ts";
import { createLedger, kinds, ledgerModule } from "./support.ts";

describe("switchTo()", () => {
  it("loses no unary call and handles none twice, through all transports under 64 callers", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, config: { ledger: ledger.path }, health: false } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const client = plugin.client(Conformance);

    // A provider made through the plugin, in use all the time.
    const provider = plugin.resource({
      create: async (instance) => {
        const { id } = await createClient(Conformance, instance.transport).offer({});
        const connection = await instance.broker.dial(id);
        return { generation: instance.generation, client: createClient(Conformance, connection.transport), connection };
      },
      dispose: ({ connection }) => connection[Symbol.asyncDispose](),
    });
    expect((await provider.get()).generation).toBe(1);

    let calling = true;
    const made: string[] = [];
    const failed: unknown[] = [];
    const callers = Array.from({ length: 64 }, async (_, caller) => {
      for (let number = 0; calling; number++) {
        const id = `${caller}/${number}`;
        made.push(id);
        await client.unary({ id, delayMs: number % 3 }).catch((error: unknown) => failed.push(error));
      }
    });

    try {
      for (const kind of ["worker", "process", "in-process", "process", "worker", "in-process"]) {
        // One held stream: it does not end by itself, so it is cut off and counted.
        const held = (async () => {
          for await (const _ of client.serverStream({}));
        })().then(
          () => undefined,
          (error: unknown) => error,
        );
        await until(
          "the plugin is ready and has seen half of the calls",
          () => plugin.status.state === "ready" && ledger.lines().length > made.length / 2,
        );
        const before = plugin.status.generation;
        const report = await plugin.switchTo(kind, { drainMs: 300 });
        expect(plugin.status).toMatchObject({ transport: kind, state: "ready", generation: before + 1 });
        expect(report).toMatchObject({ cutOff: 1, recreated: 1 });
        const cut = await held;
        expect(cut).toBeInstanceOf(ConnectError);
        expect((cut as ConnectError).code).toBe(Code.Unavailable);
        expect(findExit(cut)).toMatchObject({ reason: "replaced", generation: before });
        const { generation, client: brokered } = await provider.get();
        expect(generation).toBe(before + 1);
        await brokered.unary({});
      }
    } finally {
      // Callers of a runtime that has been closed would fail without end.
      calling = false;
      await Promise.all(callers);
    }

    expect(failed).toEqual([]);
    const handled = ledger.lines().filter((line) => line.includes("/"));
    expect(handled).toHaveLength(made.length);
    expect(new Set(handled).size).toBe(made.length);
    expect(made.length).toBeGreaterThan(1000);
  });

  it.each(kinds)("leaves the old instance at work when the new one does not start on %s", async (kind) => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: {
        ledger: { module: ledgerModule, config: { ledger: ledger.path }, options: { process: { runtime: "node" } } },
      },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const path = process.env.PATH;
    await expect(plugin.switchTo("nowhere")).rejects.toThrow('there is no transport "nowhere"');
    await plugin.switchTo(kind);
    await plugin.client(Conformance).unary({});
    expect(process.env.PATH).toBe(path);
    expect(plugin.status).toMatchObject({ state: "ready", transport: kind });
  });

  it("is not undone by a restart that was asked for before it was done", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, config: { ledger: ledger.path } } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    await Promise.all([plugin.switchTo("worker"), plugin.restart()]);
    expect(plugin.status).toMatchObject({ state: "ready", transport: "worker", generation: 3 });
  });

  it("never runs a plugin twice at once with overlap off, and calls wait in between", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, config: { ledger: ledger.path } } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const client = plugin.client(Conformance);
    const switching = plugin.switchTo("worker", { overlap: false });
    await until("the plugin is starting", () => plugin.state === "starting");
    const waiting = Promise.all([client.unary({ id: "a" }), client.unary({ id: "b" })]);
    await switching;
    await waiting;
    expect(ledger.lines().slice(0, 3)).toEqual(["setup", "dispose", "setup"]);
    expect(ledger.lines().slice(3).sort()).toEqual(["a", "b"]);
  });
});
