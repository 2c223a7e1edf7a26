import { getEventListeners } from "node:events";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance, DieRequest_How } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import {
  createRuntime,
  definePlugin,
  findExit,
  LaunchError,
  type PluginOptions,
  type StateChange,
} from "../../src/index.ts";
import { conformanceRoutes } from "../../src/testing/conformance/conformance.plugin.ts";
import { failure } from "../../src/testing/failure.ts";
import { until } from "../../src/testing/until.ts";
import { createLedger, isolated, kinds, ledgerModule } from "./support.ts";

const quick = { initialDelayMs: 1, maxDelayMs: 5, jitter: 0, healthyMs: 1e9 };

function edges(changes: readonly StateChange[]): string[] {
  return changes.map(({ to }) => to);
}

describe.each(kinds)("a plugin on %s", (transport) => {
  const withLedger = (path: string, more: PluginOptions = {}) => ({
    ledger: { module: ledgerModule, transport, config: { ledger: path }, ...more },
  });

  it("starts with the runtime, answers, and shuts down gracefully with it", async () => {
    using ledger = createLedger();
    const changes: StateChange[] = [];
    {
      await using runtime = await createRuntime({
        plugins: withLedger(ledger.path),
        onState: (change) => changes.push(change),
        onLog: () => {},
      });
      await runtime.client("ledger", Conformance).unary({ id: "one" });
      const { status } = runtime.plugin("ledger");
      expect(status).toMatchObject({ name: "ledger", transport, state: "ready", generation: 1, restarts: 0 });
      expect(status.pid !== undefined).toBe(transport === "process");
      expect(status.threadId !== undefined).toBe(transport === "worker");
    }
    expect(ledger.lines()).toEqual(["setup", "one", "dispose"]);
    expect(edges(changes)).toEqual(["starting", "ready", "stopping", "stopped"]);
  });

  it("fails the start of the runtime when it does not start, and the others are stopped again", async () => {
    using ledger = createLedger();
    const error = await createRuntime({
      plugins: {
        ...withLedger(ledger.path),
        broken: { module: new URL("../../src/testing/conformance/setup-throws.plugin.ts", import.meta.url), transport },
      },
      onLog: () => {},
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaunchError);
    expect((error as LaunchError).message).toMatch(/^plugin "[^"]+" did not start: .*no database/);
    expect(ledger.lines()).toEqual(["setup", "dispose"]);
  });

  it("gives up a start that takes too long", async () => {
    const error = await createRuntime({
      plugins: {
        slow: {
          module: new URL("../../src/testing/conformance/setup-hangs.plugin.ts", import.meta.url),
          transport,
          startTimeoutMs: 200,
        },
      },
      onLog: () => {},
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaunchError);
    expect((error as LaunchError).message).toContain("not ready within 200 ms");
  });

  it("is restarted after it was killed; calls in flight end, calls in between wait", async () => {
    using ledger = createLedger();
    const changes: StateChange[] = [];
    await using runtime = await createRuntime({
      plugins: withLedger(ledger.path, { restart: quick }),
      onState: (change) => changes.push(change),
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const client = plugin.client(Conformance);
    const inFlight = failure(client.unary({ id: "held", delayMs: 60_000 }));
    await until("the plugin has begun the call", () => ledger.lines().includes("held"));
    plugin.kill();
    const after = client.unary({ id: "after" });
    const error = await inFlight;
    expect(error.code).toBe(Code.Unavailable);
    expect(findExit(error)).toMatchObject({ plugin: "ledger", generation: 1, reason: "killed" });
    await after;
    expect(plugin.status).toMatchObject({ state: "ready", generation: 2, restarts: 1, lastExit: { reason: "killed" } });
    expect(edges(changes)).toEqual(["starting", "ready", "backing-off", "starting", "ready"]);
    expect(ledger.lines().filter((line) => line === "after")).toHaveLength(1);
  });

  it("goes on when onState throws", async () => {
    using ledger = createLedger();
    const lines: string[] = [];
    const runtime = await createRuntime({
      plugins: withLedger(ledger.path, { restart: quick }),
      onState: ({ to }) => {
        throw new Error(`does not like ${to}`);
      },
      onLog: ({ message }) => message.startsWith("onState") && lines.push(message),
    });
    const plugin = runtime.plugin("ledger");
    const client = plugin.client(Conformance);
    plugin.kill();
    await client.unary({});
    await runtime.close();
    expect(plugin.status).toMatchObject({ state: "stopped", generation: 2 });
    const expected = ["starting", "ready", "backing-off", "starting", "ready", "stopping", "stopped"];
    expect(lines).toEqual(expected.map((to) => `onState threw: does not like ${to}`));
  });

  it("fails calls at once that do not wait for it", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: withLedger(ledger.path, { restart: { ...quick, initialDelayMs: 60_000, maxDelayMs: 60_000 } }),
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    plugin.kill();
    await until("the plugin has crashed", () => plugin.state === "backing-off");
    const impatient = await failure(plugin.client(Conformance, { waitForReady: false }).unary({}));
    expect(impatient.code).toBe(Code.Unavailable);
    expect(impatient.rawMessage).toContain('plugin "ledger" is backing-off');
    const patient = await failure(plugin.client(Conformance).unary({}, { timeoutMs: 50 }));
    expect(patient.code).toBe(Code.DeadlineExceeded);
    await plugin.stop();
    expect(plugin.state).toBe("stopped");
    expect((await failure(plugin.client(Conformance).unary({}))).code).toBe(Code.Unavailable);
    await plugin.start();
    await plugin.client(Conformance).unary({});
  });

  it("leaves no listener of ended streams on a caller's signal", async () => {
    const module = new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url);
    await using runtime = await createRuntime({ plugins: { streams: { module, transport } }, onLog: () => {} });
    const client = createClient(Conformance, runtime.plugin("streams").connect);
    const { signal } = new AbortController();
    for (let stream = 0; stream < 10; stream++) {
      for await (const _ of client.serverStream({ count: 2 }, { signal })) expect(signal.aborted).toBe(false);
    }
    await failure(client.unimplemented({}, { signal }));
    // They are given back a turn later.
    await until("no listener is left", () => getEventListeners(signal, "abort").length === 0);
  });

  it("is failed, and says so, once it was restarted too often", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: withLedger(ledger.path, { restart: { ...quick, maxRestarts: 2 } }),
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    for (let generation = 1; generation <= 3; generation++) {
      await until(
        `the plugin was started ${generation} times`,
        () => plugin.state === "ready" && plugin.status.generation === generation,
      );
      plugin.kill();
    }
    await until("the plugin has failed", () => plugin.state === "failed");
    const error = await failure(plugin.client(Conformance).unary({}));
    expect(error.code).toBe(Code.Unavailable);
    expect(error.rawMessage).toMatch(/is failed: the plugin was restarted 2 times within \d+ ms/);
    await plugin.start();
    await plugin.client(Conformance).unary({ id: "back" });
  });

  it("is not restarted when the restart option is false", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: withLedger(ledger.path, { restart: false }),
      onLog: () => {},
    });
    runtime.plugin("ledger").kill();
    await until("the plugin has failed", () => runtime.plugin("ledger").state === "failed");
  });

  it("can be added to a running runtime and removed again", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ onLog: () => {} });
    const plugin = await runtime.add("ledger", withLedger(ledger.path).ledger);
    await plugin.client(Conformance).unary({ id: "added" });
    await expect(runtime.add("ledger", withLedger(ledger.path).ledger)).rejects.toThrow("there is one of that name");
    await runtime.remove("ledger");
    expect(() => runtime.plugin("ledger")).toThrow('There is no plugin "ledger"; there are none');
    expect(ledger.lines()).toEqual(["setup", "added", "dispose"]);
  });

  it("may have the name of one that was removed before it was ready", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({ onLog: () => {} });
    const module = new URL("../../src/testing/conformance/setup-hangs.plugin.ts", import.meta.url);
    const first = runtime.add("ledger", { module, transport });
    const [lost] = await Promise.allSettled([
      first,
      runtime.remove("ledger"),
      runtime.add("ledger", withLedger(ledger.path).ledger),
    ]);
    expect(lost.status).toBe("rejected");
    await runtime.client("ledger", Conformance).unary({ id: "second" });
    await runtime.close();
    expect(ledger.lines()).toEqual(["setup", "second", "dispose"]);
  });
});

describe.each(isolated)("a plugin that crashes on %s", (transport) => {
  it("is restarted, and its exit is reported", async () => {
    using ledger = createLedger();
    const lines: string[] = [];
    await using runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, transport, config: { ledger: ledger.path }, restart: quick } },
      onLog: ({ source, message }) => source === "host" && lines.push(message),
    });
    const client = runtime.client("ledger", Conformance);
    const error = await failure(client.die({ how: DieRequest_How.EXIT, code: 9 }));
    expect(findExit(error)).toMatchObject({ reason: "crashed" });
    await client.unary({});
    expect(runtime.plugin("ledger").status).toMatchObject({ restarts: 1, lastExit: { reason: "crashed", code: 9 } });
    expect(lines[0]).toBe("the plugin ended: crashed (exit code 9)");
  });

  it("is ended as unresponsive when it blocks its loop", async () => {
    const changes: StateChange[] = [];
    await using runtime = await createRuntime({
      plugins: {
        stuck: {
          module: new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url),
          transport,
          restart: quick,
          health: { intervalMs: 200, timeoutMs: 1000, misses: 2 },
        },
      },
      onState: (change) => changes.push(change),
      onLog: () => {},
    });
    const error = await failure(runtime.client("stuck", Conformance).die({ how: DieRequest_How.BLOCK }));
    expect(findExit(error)).toMatchObject({ reason: "unresponsive" });
    await runtime.client("stuck", Conformance).unary({});
    expect(edges(changes).slice(0, 6)).toEqual(["starting", "ready", "degraded", "backing-off", "starting", "ready"]);
  });
});

describe("a deadline that is longer than a timer can wait", () => {
  const month = 30 * 24 * 3600 * 1000;
  /** A timer that is set too short would have fired by then. */
  const aMoment = () => new Promise((resolve) => setTimeout(resolve, 20));

  it("does not end the wait for an instance", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: {
        ledger: {
          module: ledgerModule,
          config: { ledger: ledger.path },
          restart: { ...quick, initialDelayMs: 60_000, maxDelayMs: 60_000 },
        },
      },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    plugin.kill();
    await until("the plugin has crashed", () => plugin.state === "backing-off");
    const waiting = failure(plugin.client(Conformance, { callTimeoutMs: month }).unary({}));
    await aMoment();
    await plugin.stop();
    expect((await waiting).code).toBe(Code.Unavailable);
  });

  it("does not end a call that a hook holds back", async () => {
    using ledger = createLedger();
    const struck = Promise.withResolvers<void>();
    await using runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, config: { ledger: ledger.path }, faults: [{ hang: true }] } },
      onLog: ({ message }) => message.startsWith("a fault on") && struck.resolve(),
    });
    const caller = new AbortController();
    const held = failure(
      runtime.client("ledger", Conformance, { callTimeoutMs: month }).unary({}, { signal: caller.signal }),
    );
    await struck.promise;
    await aMoment();
    caller.abort(new ConnectError("no more", Code.Aborted));
    expect((await held).code).toBe(Code.Aborted);
  });
});

describe("a time limit", () => {
  const begin = () =>
    createRuntime({
      plugins: {
        echo: { module: definePlugin({ setup: () => ({ routes: conformanceRoutes({}) }) }), callTimeoutMs: 5000 },
      },
      onLog: () => {},
    });

  it("of 0 and less, as is left of a time that is over, is the plugin's own, or the client's", async () => {
    await using runtime = await begin();
    const plugin = runtime.plugin("echo");
    for (const timeoutMs of [0, -1000, undefined]) {
      const options = timeoutMs === undefined ? {} : { timeoutMs };
      const { timeoutMs: ofPlugin = 0 } = await plugin.client(Conformance).unary({ count: 1 }, options);
      expect([ofPlugin > 4000, ofPlugin <= 5000]).toEqual([true, true]);
      const client = plugin.client(Conformance, { callTimeoutMs: 90_000 });
      expect((await client.unary({ count: 1 }, options)).timeoutMs).toBeGreaterThan(60_000);
      for await (const got of client.serverStream({ count: 1 }, options)) expect(got.timeoutMs).toBeUndefined();
    }
  });

  it("that is no number is a mistake, told at once", async () => {
    await using runtime = await begin();
    const plugin = runtime.plugin("echo");
    const client = plugin.client(Conformance);
    const timeoutMs = Number.NaN;
    const resource = plugin.resource({ create: async () => 1 });
    const stream = async () => {
      for await (const _ of client.serverStream({ count: 1 }, { timeoutMs }));
    };
    for (const call of [() => client.unary({}, { timeoutMs }), stream, () => resource.get({ timeoutMs })]) {
      expect(await failure(call)).toMatchObject({
        code: Code.InvalidArgument,
        rawMessage: expect.stringMatching(/^timeoutMs is NaN: /),
      });
    }
    expect(() => plugin.client(Conformance, { callTimeoutMs: timeoutMs })).toThrow(
      "client.callTimeoutMs: expected a number",
    );
    await expect(plugin.restart({ drainMs: timeoutMs })).rejects.toThrow("options.drainMs: expected a number");
    // Also where the call would wait for an instance.
    await plugin.stop();
    expect((await failure(client.unary({}, { timeoutMs }))).code).toBe(Code.InvalidArgument);
  });
});
