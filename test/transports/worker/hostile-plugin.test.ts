/** Worker plugins that do not do what they should. The host hears of it, lives, and nothing is left. */

import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { Conformance, DieRequest_How } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { until } from "../../../src/testing/until.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { ignore } from "../../../transports/calls/iterables.ts";
import { check } from "../../../transports/options/check.ts";
import { LaunchError, type PluginInstance } from "../../../transports/transport.ts";
import { createWorkerTransport } from "../../../transports/worker/index.ts";
import { createLaunch, createLog, pluginUrl } from "../support.ts";

const transport = createWorkerTransport();

async function launch(
  how: string,
  log = createLog(),
  file?: string,
): Promise<{ instance: PluginInstance; log: typeof log }> {
  const spec = check(transport.options, { module: pluginUrl("rude") }, "subject");
  return { instance: await transport.launch(spec, createLaunch({ config: { how, file }, onLog: log.onLog })), log };
}

async function expectWorks(instance: PluginInstance): Promise<void> {
  const { data } = await createClient(Conformance, instance.transport).unary(
    { data: Uint8Array.of(8) },
    { timeoutMs: 20_000 },
  );
  expect(data[0]).toBe(8);
}

describe("a worker plugin", () => {
  it("may end its thread, and no other is started in its place", async () => {
    let started = 0;
    const onWorker = () => started++;
    process.on("worker", onWorker);
    try {
      const { instance } = await launch("nothing");
      const client = createClient(Conformance, instance.transport);
      await client.die({ how: DieRequest_How.EXIT, code: 3 }).catch(ignore);
      expect(await instance.exited).toMatchObject({ reason: "crashed", code: 3 });
    } finally {
      process.off("worker", onWorker);
    }
    expect(started).toBe(1);
  });

  it("leaves no thread when its config cannot be sent", async () => {
    const exits: Promise<unknown>[] = [];
    const onWorker = (worker: Worker) => exits.push(once(worker, "exit"));
    process.on("worker", onWorker);
    try {
      const spec = check(transport.options, { module: pluginUrl("rude") }, "subject");
      await expect(transport.launch(spec, createLaunch({ config: { how: 1n } }))).rejects.toBeInstanceOf(LaunchError);
    } finally {
      process.off("worker", onWorker);
    }
    expect(exits.length).toBe(1);
    await Promise.all(exits);
  });

  it("may post whatever it likes where the host does not expect it", async () => {
    const { instance } = await launch("posts-garbage");
    await expectWorks(instance);
    expect((await instance.stop({ graceMs: 5000 })).reason).toBe("clean");
  });

  it("may log what is no text and no JSON", async () => {
    const { instance, log } = await launch("logs-strangely");
    await expectWorks(instance);
    await until('the log has "text 5"', () => log.has("text 5"));
    expect(log.has("Symbol(message)")).toBe(true);
    expect(log.entries.find(({ fields }) => "error" in fields)?.fields).toMatchObject({
      error: "why",
      nan: "NaN",
      no: "undefined",
    });
    expect((await instance.stop({ graceMs: 5000 })).reason).toBe("clean");
  });

  it("may print a flood, and every line arrives in order", async () => {
    const { instance, log } = await launch("floods");
    await expectWorks(instance);
    await until("the log has the last line", () => log.has("line 19999"));
    const lines = log.entries.map(({ message }) => message).filter((message) => message.startsWith("line "));
    expect(lines).toEqual(Array.from({ length: 20_000 }, (_, line) => `line ${line}`));
    await instance.stop({ graceMs: 5000 });
  });

  it("may write lines without an end: they are cut and marked", async () => {
    const { instance, log } = await launch("writes-a-long-line");
    await expectWorks(instance);
    await instance.stop({ graceMs: 5000 });
    const pieces = log.entries.filter(({ source }) => source === "stderr").map(({ message }) => message);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(65 * 1024);
    expect(pieces.map((piece) => piece.replace(/ \[cut\]$/, "")).join("").length).toBe(10 * 1024 * 1024);
  });

  it("keeps the last line that it wrote, although it has no end", async () => {
    const ended = await launch("prints-at-the-end");
    await ended.instance.stop({ graceMs: 5000 });
    expect(ended.log.entries).toContainEqual(expect.objectContaining({ message: "half a line", source: "stdout" }));
    const exited = await launch("exits-with-half-a-line");
    expect(await exited.instance.exited).toMatchObject({ reason: "crashed", code: 3, lastStderr: ["the last words"] });
  });

  it("says why it crashed also to a host that was busy when it did", async () => {
    const { instance } = await launch("nothing");
    void createClient(Conformance, instance.transport).die({ how: DieRequest_How.THROW }).catch(ignore);
    await new Promise((resolve) => setImmediate(resolve));
    // Long enough for the thread to be gone: its last message and its end then come at the same time.
    const end = performance.now() + 500;
    while (performance.now() < end);
    expect(await instance.exited).toMatchObject({ reason: "crashed", message: "Error: thrown on purpose" });
  });

  it("is over when it is stopped, whatever it left running", async () => {
    const { instance, log } = await launch("keeps-running");
    await until('the log has "still here"', () => log.has("still here"));
    expect((await instance.stop({ graceMs: 5000 })).reason).toBe("clean");
    const { length } = log.entries;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(log.entries.length).toBe(length);
  });

  it("is killed when it never ends", async () => {
    const { instance } = await launch("never-ends");
    expect((await instance.stop({ graceMs: 200 })).reason).toBe("killed");
  });

  it("stands still once it is killed, although it does not yield", async () => {
    const folder = mkdtempSync(join(tmpdir(), "beat-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "beat");
    const { instance } = await launch("nothing", createLog(), file);
    await until("the plugin has written its first beat", () => existsSync(file));
    instance.kill();
    expect((await instance.exited).reason).toBe("killed");
    await until("the plugin writes no more", async () => {
      const before = readFileSync(file, "utf8");
      await new Promise((resolve) => setTimeout(resolve, 100));
      return readFileSync(file, "utf8") === before;
    });
  });

  it("says why it did not shut down gracefully", async () => {
    const { instance, log } = await launch("fails-to-end");
    expect((await instance.stop({ graceMs: 5000 })).reason).toBe("clean");
    expect(log.has("did not shut down gracefully: cannot end")).toBe(true);
  });

  it("cannot outlive the port that it closed", async () => {
    const launching = launch("closes-its-port").then(
      ({ instance }) => instance.stop({ graceMs: 500 }),
      (error: unknown) => error,
    );
    expect(await launching).toBeDefined();
  });
});
