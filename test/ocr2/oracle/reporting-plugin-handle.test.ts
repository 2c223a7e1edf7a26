import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import type { ReportingPlugin } from "../../../src/loop/reporting-plugin/types.ts";
import { createReportingPluginHandle } from "../../../src/ocr2/oracle/reporting-plugin-handle.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { bytes, createInstances, type TestFactory } from "../support.ts";

const timestamp = { configDigest: bytes(32, 1), epoch: 1, round: 1 };
const unavailable = () => new ConnectError("plugin unavailable", Code.Unavailable);

/** A factory whose plugins answer a query with their own number, and can be made to fail. */
function setup() {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const log: string[] = [];
  const world = {
    made: 0,
    /** Instead of making a plugin. */
    refuses: undefined as (() => Promise<never>) | undefined,
    /** Numbers of the plugins whose connection is gone. */
    gone: new Set<number>(),
    hangs: false,
    /** Before a query is answered. */
    waitsFor: undefined as Promise<void> | undefined,
    queryLength: 1,
    maxQueryLength: 10,
  };
  const plugin = (number: number): ReportingPlugin => ({
    async query() {
      if (world.gone.has(number)) throw unavailable();
      if (world.hangs) await new Promise(() => {});
      await world.waitsFor;
      return new Uint8Array(world.queryLength).fill(number);
    },
    observation: async () => Promise.reject(new Error("no price")),
    report: async () => undefined,
    shouldAcceptFinalizedReport: async () => true,
    shouldTransmitAcceptedReport: async () => true,
    close: async () => void log.push(`closed ${number}`),
  });
  const newFactory = (): TestFactory => ({
    async newReportingPlugin() {
      if (world.refuses) return world.refuses();
      const { maxQueryLength } = world;
      const limits = { maxQueryLength, maxObservationLength: 10, maxReportLength: 10 };
      return { plugin: plugin(++world.made), info: { name: "test", uniqueReports: false, limits } };
    },
  });
  const instances = createInstances(newFactory());
  const handle = createReportingPluginHandle({
    factory: instances,
    config: {
      configDigest: bytes(32, 1),
      oracleId: 0,
      n: 1,
      f: 0,
      onchainConfig: bytes(0, 0),
      offchainConfig: bytes(0, 0),
      estimatedRoundIntervalMs: 1,
      maxDurationQueryMs: 1,
      maxDurationObservationMs: 1,
      maxDurationReportMs: 1,
      maxDurationShouldAcceptFinalizedReportMs: 1,
      maxDurationShouldTransmitAcceptedReportMs: 1,
    },
    maxDurationInitializationMs: 1000,
    clock,
    signal: stopping.signal,
    onStarted: () => log.push("started"),
    onError: (error) => log.push(`error: ${error.message}`),
  });
  const query = (limitMs = 50) =>
    handle
      .call({ what: "Query", limitMs }, (one, call) => one.query(timestamp, call))
      .then(
        ([number]) => number,
        (error: Error) => error.message,
      );
  const replace = () => instances.replace(newFactory());
  return { clock, stopping, log, world, handle, query, replace };
}

describe("a reporting plugin's handle", () => {
  it("makes one plugin and keeps it", async () => {
    const { handle, query, log } = setup();
    await handle.ready();
    expect([await query(), await query()]).toEqual([1, 1]);
    expect(log).toEqual(["started"]);
  });

  it("loses only the call that meets the lost connection", async () => {
    const { clock, query, world, log } = setup();
    expect(await query()).toBe(1);
    world.gone.add(1);
    expect(await query()).toBe("[unavailable] plugin unavailable");
    const next = query(1000);
    await clock.advance(100);
    expect(await next).toBe(2);
    expect(log.toSorted()).toEqual(["closed 1", "started", "started"]);
  });

  it("makes one new plugin for many calls that fail together", async () => {
    const { clock, query, world } = setup();
    await query();
    world.gone.add(1);
    await Promise.all([query(), query(), query()]);
    const next = query(1000);
    await clock.advance(1000);
    expect(await next).toBe(2);
    expect(world.made).toBe(2);
  });

  it("keeps a plugin whose calls fail in any other way", async () => {
    const { handle, query, world } = setup();
    const observing = handle.call({ what: "Observation", limitMs: 50 }, (one) =>
      one.observation(timestamp, bytes(0, 0)),
    );
    await expect(observing).rejects.toThrow("no price");
    expect(await query()).toBe(1);
    expect(world.made).toBe(1);
  });

  it("tries less and less often while no plugin comes, and at once fast again when one has answered", async () => {
    const { clock, query, world, log } = setup();
    await query();
    world.gone.add(1);
    world.refuses = () => Promise.reject(unavailable());
    await query();
    log.length = 0;
    await clock.advance(100 + 200 + 400 + 800);
    expect(log.filter((line) => line.startsWith("error"))).toHaveLength(4);
    await clock.advance(60_000);
    // 1600, 3200 and then every 5000.
    expect(log.filter((line) => line.startsWith("error")).length).toBeLessThan(4 + 2 + 12);
    world.refuses = undefined;
    await clock.advance(5000);
    expect(await query()).toBe(2);
    world.gone.add(2);
    await query();
    await clock.advance(100);
    expect(await query()).toBe(3);
  });

  it("slows down also when plugins are made and fail at their first call", async () => {
    const { clock, query, world } = setup();
    for (let number = 1; number <= 100; number++) world.gone.add(number);
    for (let second = 0; second < 60; second++) {
      void query(1000);
      await clock.advance(1000);
    }
    expect(world.made).toBeGreaterThan(5);
    expect(world.made).toBeLessThan(20);
  });

  it("tries again after any error of the factory: what it needs may still be starting", async () => {
    const { handle, query, world, clock, log } = setup();
    await handle.ready();
    world.gone.add(1);
    world.refuses = () => Promise.reject(new Error("Cannot make a median reporting plugin: no relayer"));
    await query();
    const waiting = query(1000);
    await clock.advance(100);
    expect(log.at(-1)).toBe("error: Cannot make a median reporting plugin: no relayer");
    world.refuses = undefined;
    await clock.advance(200);
    expect(await waiting).toBe(2);
  });

  it("tries again when making a plugin takes too long, and closes the one that comes too late", async () => {
    const { clock, query, world, log } = setup();
    await query();
    world.gone.add(1);
    const late = Promise.withResolvers<void>();
    world.refuses = () =>
      late.promise.then(() => ({ plugin: { close: async () => log.push("closed the late one") }, info: {} }) as never);
    await query();
    await clock.advance(1100);
    expect(log.at(-1)).toBe(
      "error: Making the reporting plugin (maxDurationInitialization) took longer than its 1000ms",
    );
    world.refuses = undefined;
    await clock.advance(200);
    expect(await query()).toBe(2);
    late.resolve();
    await clock.advance(0);
    expect(log).toContain("closed the late one");
    expect(await query()).toBe(2);
  });

  it("closes a plugin that declares lengths out of range, and tries again", async () => {
    const { clock, handle, query, world, log } = setup();
    await handle.ready();
    world.gone.add(1);
    world.maxQueryLength = 256 * 1024 * 1024 + 1;
    await query();
    await clock.advance(100);
    expect(log).toContain("closed 2");
    expect(log).toContain(
      'error: Cannot use the reporting plugin "test": its maxQueryLength is 268435457, it must be 0 to 268435456 bytes',
    );
    world.maxQueryLength = 10;
    await clock.advance(200);
    expect(await query()).toBe(3);
  });

  it("is made with the next factory before the last one is closed, and is not closed while a call is under way", async () => {
    const { clock, query, replace, world, log } = setup();
    expect(await query()).toBe(1);
    const answer = Promise.withResolvers<void>();
    world.waitsFor = answer.promise;
    const underWay = query(1000);
    await clock.advance(0);
    world.waitsFor = undefined;
    const replaced = replace();
    await clock.advance(0);
    expect(await query()).toBe(2);
    expect(log).toEqual(["started", "started"]);
    answer.resolve();
    expect(await underWay).toBe(1);
    await replaced;
    expect(log).toEqual(["started", "started", "closed 1"]);
    expect(world.made).toBe(2);
  });

  it("has the limits of the one that answers, and checks those of each that is made", async () => {
    const { clock, handle, query, replace, world, log } = setup();
    await handle.ready();
    world.queryLength = 11;
    const tooLong = (limit: number) => `Cannot use the query: it has 11 bytes, the plugin declared at most ${limit}`;
    expect(await query()).toBe(tooLong(10));
    world.maxQueryLength = 11;
    await replace();
    expect(await query()).toBe(2);
    world.maxQueryLength = 9;
    await replace();
    expect(await query()).toBe(tooLong(9));
    world.maxQueryLength = -1;
    await replace();
    const waiting = query(1000);
    await clock.advance(0);
    expect(log.at(-1)).toContain("its maxQueryLength is -1, it must be 0 to");
    world.maxQueryLength = 11;
    await clock.advance(100);
    expect(await waiting).toBe(world.made);
  });

  it("counts the time without a plugin into a call's limit", async () => {
    const { clock, query, world } = setup();
    await query();
    world.gone.add(1);
    await query();
    world.refuses = () => new Promise(() => {});
    const waiting = query(50);
    await clock.advance(50);
    expect(await waiting).toBe("Query took longer than its 50ms");
  });

  it("closes the plugin when it is closed, after a limited wait for calls that hang", async () => {
    const { clock, stopping, handle, query, world, log } = setup();
    await query();
    world.hangs = true;
    const hanging = query(1e6);
    await clock.advance(10);
    stopping.abort(new Error("stopped"));
    expect(await hanging).toBe("stopped");
    const closing = handle.close();
    await clock.advance(1999);
    expect(log).not.toContain("closed 1");
    await clock.advance(1);
    await closing;
    expect(log).toContain("closed 1");
    expect(clock.pending).toEqual([]);
  });
});
