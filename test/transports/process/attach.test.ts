/** Plugins that somebody else has started, reached by their address alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Client, Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime } from "../../../src/index.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import {
  attachPlugin,
  type HandshakeLine,
  LaunchError,
  object,
  type PluginInstance,
  type PluginTransport,
  parseHandshakeLine,
  transportOptions,
} from "../../../src/transports.ts";
import { runtimeName } from "../../../src/values/platform.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { findExit } from "../../../transports/calls/errors.ts";
import { defaultHandshake } from "../../../transports/plugin.ts";
import { createLaunch, createLog, guestProgram, isRunning, pluginUrl } from "../support.ts";

let folder: string;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "attach-"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly at: HandshakeLine;
}

/** Starts a plugin as an orchestrator would, and reads its handshake line. */
async function startPlugin(): Promise<Running> {
  const entry = fileURLToPath(new URL("../../../transports/process/entry.ts", import.meta.url));
  const run = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
  const child = spawn(process.execPath, [...run, entry, guestProgram.href, pluginUrl("conformance").href], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      TMPDIR: folder,
      [defaultHandshake.cookieKey]: defaultHandshake.cookieValue,
      PLUGIN_PROTOCOL_VERSIONS: "1",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  closing.push(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, pid: child.pid ?? 0, at: parseHandshakeLine(line, [1]) };
}

async function attach(at: HandshakeLine, launch = createLaunch()) {
  const instance = await attachPlugin(at, launch);
  closing.push(() => instance.kill());
  return { instance, client: createClient(Conformance, instance.transport) };
}

async function callBothWays(instance: PluginInstance, client: Client<typeof Conformance>): Promise<void> {
  expect((await client.unary({ data: Uint8Array.of(1, 2) })).data).toEqual(Uint8Array.of(1, 2));
  await using server = await instance.broker.serve(conformanceRoutes({}));
  const { response } = await client.callBack({ id: server.id, request: { data: Uint8Array.of(3) } });
  expect(response?.data).toEqual(Uint8Array.of(3));
  const { id } = await client.offer({});
  await using connection = await instance.broker.dial(id);
  const brokered = createClient(Conformance, connection.transport);
  expect((await brokered.unary({ data: Uint8Array.of(4) })).data).toEqual(Uint8Array.of(4));
}

describe("attachPlugin()", () => {
  it("makes an instance of a plugin that runs, with its calls, its broker and what it prints", async () => {
    const { at } = await startPlugin();
    const log = createLog();
    const { instance, client } = await attach(at, createLaunch({ onLog: log.onLog }));
    expect(instance.facts).toEqual({ protocolVersion: 1 });
    await callBothWays(instance, client);
    await client.print({ text: "hello" });
    await until("what the plugin printed has come", () => log.has("stdout hello") && log.has("stderr hello"));
    expect(instance.ended.aborted).toBe(false);
  });

  it("has an end when the plugin has one", async () => {
    const { at, child } = await startPlugin();
    const { instance, client } = await attach(at);
    const pending = failure(() => client.unary({ hang: true }));
    await client.unary({});
    child.kill("SIGKILL");
    const exit = await instance.exited;
    expect(exit).toMatchObject({
      reason: "crashed",
      message: expect.stringContaining("the connection to the plugin broke"),
    });
    expect(instance.ended.aborted).toBe(true);
    expect(await pending).toMatchObject({ code: Code.Unavailable });
    expect(findExit(await failure(() => client.unary({})))).toMatchObject({ plugin: "subject", reason: "crashed" });
  });

  it("ends the plugin when the instance is stopped", async () => {
    const { at, child } = await startPlugin();
    const { instance } = await attach(at);
    const [exit, [code]] = await Promise.all([instance.stop({ graceMs: 20_000 }), once(child, "exit")]);
    expect(exit).toEqual({ reason: "clean", lastStderr: [] });
    expect(code).toBe(0);
  });

  it("hangs up when the instance is killed, and the plugin is there for the next host", async () => {
    const { at, pid } = await startPlugin();
    for (let host = 1; host <= 3; host++) {
      const log = createLog();
      const { instance, client } = await attach(at, createLaunch({ generation: host, onLog: log.onLog }));
      await callBothWays(instance, client);
      await client.print({ text: `to host ${host}` });
      await until("what the plugin printed has come", () => log.has(`stdout to host ${host}`));
      const pending = failure(() => client.unary({ hang: true }));
      instance.kill();
      expect(await instance.exited).toMatchObject({ reason: "killed" });
      expect(findExit(await pending)).toMatchObject({ generation: host, reason: "killed" });
      expect(isRunning(pid)).toBe(true);
    }
  });

  it("hangs up on a plugin that does not end in the time that it is given", async () => {
    const { at, pid } = await startPlugin();
    const { instance } = await attach(at);
    process.kill(pid, "SIGSTOP");
    expect(await instance.stop({ graceMs: 300 })).toMatchObject({ reason: "killed" });
    expect(isRunning(pid)).toBe(true);
  });

  it("says that nothing can be reached where nothing is", async () => {
    const before = process.env.XDG_RUNTIME_DIR;
    process.env.XDG_RUNTIME_DIR = folder;
    closing.push(() => {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = before;
    });
    const nowhere = { network: "unix", address: join(folder, "nowhere.sock"), protocolVersion: 1 } as const;
    const error = await attachPlugin(nowhere, createLaunch()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LaunchError);
    expect(error).toMatchObject({
      code: "handshake-failed",
      message: expect.stringContaining(`Cannot reach the plugin on ${nowhere.address}: `),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is all that a transport for such plugins needs: the runtime attaches again when there is another one", async () => {
    let current = await startPlugin();
    const attached: PluginTransport<undefined> = {
      kind: "attached",
      capabilities: {
        boundary: "process",
        preemptible: false,
        memoryLimit: false,
        crossLanguage: true,
        capturesConsole: false,
      },
      options: transportOptions(object({}), () => ({ value: undefined })),
      launch: (_, launch) => attachPlugin(current.at, launch),
    };
    await using runtime = await createRuntime({
      transports: [attached],
      onLog: () => {},
      plugins: { remote: { transport: "attached", restart: { initialDelayMs: 50, jitter: 0, factor: 1 } } },
    });
    const plugin = runtime.plugin("remote");
    const client = plugin.client(Conformance);
    expect((await client.unary({ data: Uint8Array.of(1) })).data).toEqual(Uint8Array.of(1));
    const first = current.child;
    current = await startPlugin();
    first.kill("SIGKILL");
    await until("there is another instance", () => plugin.status.generation > 1 && plugin.state === "ready");
    expect((await client.unary({ data: Uint8Array.of(2) })).data).toEqual(Uint8Array.of(2));
  });
});
