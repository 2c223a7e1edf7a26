/** Our plugin under a host of another make: connect-node's own client, and go-plugin's protocol by hand. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { connectNodeAdapter, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ConnInfo,
  GRPCBroker,
  GRPCController,
  GRPCStdio,
  StdioData_Channel,
} from "../../../proto/gen/goplugin/goplugin_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { Conformance, DieRequest_How } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { runtimeName } from "../../../src/values/platform.ts";
import { defaultHandshake } from "../../../transports/plugin.ts";
import { guestProgram, isRunning, pluginUrl, processesWith, program, uniqueSeconds } from "../support.ts";

interface Plugin {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

let folder: string;
const closing: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "foreign-"));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(folder, { recursive: true, force: true });
});

const goPluginEnv = {
  [defaultHandshake.cookieKey]: defaultHandshake.cookieValue,
  PLUGIN_PROTOCOL_VERSIONS: "3,1,2",
  PLUGIN_MIN_PORT: "10000",
  PLUGIN_MAX_PORT: "25000",
};

function start(plugin: string, env: Record<string, string> = goPluginEnv): Plugin {
  const entry = fileURLToPath(new URL("../../../transports/process/entry.ts", import.meta.url));
  const run = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
  const child = spawn(process.execPath, [...run, entry, guestProgram.href, pluginUrl(plugin).href], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  closing.push(() => child.kill("SIGKILL"));
  const read = (stream: NodeJS.ReadableStream | null) => {
    let text = "";
    stream?.on("data", (data: Buffer) => {
      text += data.toString();
    });
    return () => text;
  };
  return {
    child,
    pid: child.pid ?? 0,
    stdout: read(child.stdout),
    stderr: read(child.stderr),
    exited: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal }))),
  };
}

/** The fields of the handshake line, which is all that ever comes on standard output. */
async function handshake({ stdout, stderr, exited }: Plugin): Promise<string[]> {
  let over = false;
  void exited.then(() => {
    over = true;
  });
  await until("the plugin has written its handshake line", () => stdout().includes("\n") || over);
  if (over) throw new Error(`the plugin ended before its handshake: ${stderr()}`);
  expect(stdout().indexOf("\n")).toBe(stdout().length - 1);
  return stdout().slice(0, -1).split("|");
}

async function connect(plugin: Plugin): Promise<Transport> {
  const [, , , path = ""] = await handshake(plugin);
  return transportTo(path);
}

function transportTo(path: string): Transport {
  return createGrpcTransport({
    baseUrl: "http://localhost",
    nodeOptions: {
      createConnection: () => {
        const socket = net.connect(path);
        closing.push(() => socket.destroy());
        return socket;
      },
    },
  });
}

/** An input that stays open. */
function openInput<T>(...first: T[]): AsyncIterable<T> {
  return (async function* () {
    yield* first;
    await new Promise(() => {});
  })();
}

/** The end of the process is the answer: a host that had another would find the process still there, and might kill it. */
async function askToEnd(transport: Transport): Promise<void> {
  const { code } = await failure(() => createClient(GRPCController, transport).shutdown({}, { timeoutMs: 10_000 }));
  expect(code).not.toBe(Code.DeadlineExceeded);
}

async function shutDown(transport: Transport, { pid, exited }: Plugin): Promise<void> {
  const begun = performance.now();
  await askToEnd(transport);
  expect(await exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(2000);
  expect(isRunning(pid)).toBe(false);
}

/** Neither a socket nor a directory: of a plugin that has made its own, they go when it has ended. */
async function expectEmpty(): Promise<void> {
  await until("the directory is empty", () => readdirSync(folder).length === 0);
}

describe("a plugin of ours under a host of another make", () => {
  it("says one line of six fields, answers for its health and ends when it is asked", async () => {
    const plugin = start("conformance");
    const [core, version, network, path = "", protocol, certificate, ...more] = await handshake(plugin);
    expect([core, version, network, protocol, certificate, more]).toEqual(["1", "1", "unix", "grpc", "", []]);
    expect(existsSync(path)).toBe(true);
    const transport = transportTo(path);
    const { status } = await createClient(Health, transport).check({ service: "plugin" });
    expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
    expect((await createClient(Conformance, transport).unary({ data: Uint8Array.of(5) })).data[0]).toBe(5);
    await shutDown(transport, plugin);
    expect(plugin.stdout()).toMatch(/^1\|1\|unix\|.*\|grpc\|\n$/);
    await expectEmpty();
  });

  it("does not say that it is well while it cannot serve connections to its host", async () => {
    const sockets = join(folder, "sockets");
    mkdirSync(sockets);
    const plugin = start("conformance", { ...goPluginEnv, PLUGIN_UNIX_SOCKET_DIR: sockets });
    const health = createClient(Health, await connect(plugin));
    const status = async () => (await health.check({ service: "plugin" })).status;
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    expect(await status()).toBe(SERVING);
    rmSync(sockets, { recursive: true });
    expect(await status()).toBe(NOT_SERVING);
    mkdirSync(sockets);
    expect(await status()).toBe(SERVING);
  });

  it("keeps what its code prints away from the handshake", async () => {
    const plugin = start("talkative");
    const transport = await connect(plugin);
    const lines = () =>
      plugin
        .stderr()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    await until("the plugin has logged six lines", () => lines().length >= 6);
    const printed = lines().map((line) => line["@message"]);
    for (const message of [
      "printed while loading",
      "written while loading",
      "printed in setup",
      "written in setup",
      "42",
    ]) {
      expect(printed).toContain(message);
    }
    await shutDown(transport, plugin);
    // A host in Go panics over any other kind of value.
    for (const line of lines()) {
      for (const name of ["@level", "@message", "@timestamp"]) expect(typeof line[name]).toBe("string");
      expect(line["@timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    }
    const last = lines().map((line) => line["@message"]);
    expect(last).toContain("last words");
    expect(last).toContain("last output");
  });

  it("sends what its code prints later over the stream that the host asks for", async () => {
    const plugin = start("conformance");
    const transport = await connect(plugin);
    const outputs = new Map<number, string>();
    const reading = (async () => {
      for await (const { channel, data } of createClient(GRPCStdio, transport).streamStdio({})) {
        outputs.set(channel, (outputs.get(channel) ?? "") + Buffer.from(data).toString());
      }
    })().catch(() => {});
    await createClient(Conformance, transport).print({ text: "hello" });
    await until("both streams have brought something", () => outputs.size === 2);
    expect(outputs.get(StdioData_Channel.STDOUT)).toBe("stdout hello\n");
    expect(outputs.get(StdioData_Channel.STDERR)).toBe("stderr hello\n");
    await shutDown(transport, plugin);
    await reading;
  });

  it("keeps the broker's stream open and connects both ways over it", async () => {
    const plugin = start("conformance", { ...goPluginEnv, PLUGIN_UNIX_SOCKET_DIR: folder });
    const transport = await connect(plugin);
    const client = createClient(Conformance, transport);
    // What this host serves for the plugin.
    const own = join(folder, "own.sock");
    const server = http2.createServer(connectNodeAdapter({ routes: conformanceRoutes({}) }));
    server.listen(own);
    closing.push(() => server.close());
    const announced: ConnInfo[] = [];
    let over = false;
    const following = (async () => {
      const stream = createClient(GRPCBroker, transport).startStream(
        openInput({ serviceId: 77, network: "unix", address: own }),
      );
      for await (const info of stream) announced.push(info);
    })()
      .catch(() => {})
      .finally(() => {
        over = true;
      });
    const { response } = await client.callBack({ id: 77, request: { data: Uint8Array.of(6) } });
    expect(response?.data[0]).toBe(6);
    const { id } = await client.offer({});
    await until("the plugin has announced a connection", () => announced.length > 0);
    const [info] = announced;
    expect(info).toMatchObject({ serviceId: id, network: "unix" });
    expect(info?.address.startsWith(`${folder}/`)).toBe(true);
    const brokered = createClient(Conformance, transportTo(info?.address ?? ""));
    expect((await brokered.unary({ data: Uint8Array.of(7) })).data[0]).toBe(7);
    expect(over).toBe(false);
    await shutDown(transport, plugin);
    await following;
  });

  it("takes only its own sockets out of a directory that the host named", async () => {
    writeFileSync(join(folder, "of-the-host"), "");
    const ended = start("conformance", { ...goPluginEnv, PLUGIN_UNIX_SOCKET_DIR: folder });
    const transport = await connect(ended);
    await shutDown(transport, ended);
    expect(readdirSync(folder)).toEqual(["of-the-host"]);
    const crashed = start("conformance", { ...goPluginEnv, PLUGIN_UNIX_SOCKET_DIR: folder });
    const client = createClient(Conformance, await connect(crashed));
    await failure(() => client.die({ how: DieRequest_How.THROW }));
    expect(await crashed.exited).toMatchObject({ code: 1 });
    expect(readdirSync(folder)).toEqual(["of-the-host"]);
  });

  it.each([
    ["3,1,2", "1"],
    ["", "1"],
    ["2,3", "1"],
    [undefined, "1"],
  ])("answers versions %s with %s, and lets the host complain", async (versions, wanted) => {
    const { PLUGIN_PROTOCOL_VERSIONS: _, ...rest } = goPluginEnv;
    const plugin = start(
      "conformance",
      versions === undefined ? rest : { ...rest, PLUGIN_PROTOCOL_VERSIONS: versions },
    );
    expect((await handshake(plugin))[1]).toBe(wanted);
  });

  it("does not end by a Ctrl-C, and shuts down gracefully by a SIGTERM", async () => {
    const plugin = start("talkative");
    const transport = await connect(plugin);
    const client = createClient(Conformance, transport);
    for (let count = 0; count < 3; count++) process.kill(plugin.pid, "SIGINT");
    expect((await client.unary({ data: Uint8Array.of(1) })).data[0]).toBe(1);
    process.kill(plugin.pid, "SIGTERM");
    expect(await plugin.exited).toEqual({ code: 0, signal: null });
    expect(plugin.stderr()).toContain("last words");
    await expectEmpty();
  });

  it("ends by a SIGTERM although it is still being set up", async () => {
    const plugin = start("setup-waits");
    await until("the plugin's setup has begun", () => plugin.stderr().includes("waiting for the database"));
    process.kill(plugin.pid, "SIGTERM");
    expect(await plugin.exited).toEqual({ code: 0, signal: null });
    expect(plugin.stdout()).toBe("");
    await expectEmpty();
  });

  it.each([
    ["no cookie", {}],
    ["a wrong one", { [defaultHandshake.cookieKey]: "no" }],
  ])("says that it is a plugin when it finds %s, and does nothing", async (_, env) => {
    const plugin = start("conformance", env);
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stdout()).toBe("");
    expect(plugin.stderr()).toMatch(/^This binary is a plugin\. These are not meant to be executed directly\.\n/);
    expect(plugin.stderr()).toContain(defaultHandshake.cookieKey);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says why when it cannot come up", async () => {
    const plugin = start("setup-throws");
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stdout()).toBe("");
    expect(JSON.parse(plugin.stderr())).toMatchObject({ "@level": "error", "@message": "no database" });
  });

  it("ends before such a host would kill it, although its last work is not done", async () => {
    const config = join(folder, "config.json");
    writeFileSync(config, JSON.stringify({ disposeMs: 3_600_000 }));
    const plugin = start("conformance", { ...goPluginEnv, LOOPP_CONFIG_FILE: config });
    const transport = await connect(plugin);
    await askToEnd(transport);
    expect(await plugin.exited).toEqual({ code: 0, signal: null });
  });

  it("cuts calls in flight when it ends", async () => {
    const plugin = start("conformance");
    const transport = await connect(plugin);
    const pending = failure(() => createClient(Conformance, transport).unary({ hang: true }));
    await shutDown(transport, plugin);
    expect([Code.Unavailable, Code.Canceled, Code.Aborted, Code.Internal]).toContain((await pending).code);
  });

  it("serves its metrics over HTTP where the host names a port, from before its handshake until its end", async () => {
    const plugin = start("conformance", { ...goPluginEnv, CL_PROMETHEUS_PORT: "0" });
    const transport = await connect(plugin);
    const [, port] = /"@message":"Serves metrics".*"port":(\d+)/.exec(plugin.stderr()) ?? [];
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("process_resident_memory_bytes");
    await shutDown(transport, plugin);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it("comes up where the directories that its environment names are not there", async () => {
    const nowhere = "/dev/null/nowhere";
    const env = { TMPDIR: nowhere, XDG_RUNTIME_DIR: nowhere, HOME: join(folder, "nowhere") };
    const plugin = start("conformance", { ...goPluginEnv, ...env });
    await shutDown(await connect(plugin), plugin);
  });

  it("ends when its host is killed", async () => {
    const sleep = uniqueSeconds();
    const entry = fileURLToPath(new URL("../../../transports/process/entry.ts", import.meta.url));
    const { command, args } = program("host.ts");
    const run = args.slice(0, -1);
    // A shell is the host: it knows nothing of the plugin but its process id.
    const script = `"$@" & echo $!; wait`;
    const shell = spawn(
      "/bin/sh",
      ["-c", script, "sh", command, ...run, entry, guestProgram.href, pluginUrl("parent").href],
      {
        env: {
          PATH: process.env.PATH ?? "",
          HOME: process.env.HOME ?? "",
          TMPDIR: folder,
          ...goPluginEnv,
          SLEEP: sleep,
        },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let said = "";
    shell.stdout?.on("data", (data: Buffer) => {
      said += data.toString();
    });
    await until("the plugin has written its handshake line", () => said.includes("|grpc|"));
    const pid = Number(said.split("\n")[0]);
    expect(isRunning(pid)).toBe(true);
    shell.kill("SIGKILL");
    await until("the plugin is gone", () => !isRunning(pid));
    await until("its directory is gone", () => readdirSync(folder).length === 0);
    // It leads no group here, so what it has started is its host's to end.
    for (const sleeper of processesWith(sleep)) process.kill(sleeper, "SIGKILL");
  });
});
