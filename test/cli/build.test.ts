/** Files that `loopp build` makes, started by a host that passes nothing on, after their sources were deleted. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Greeter } from "../../proto/gen/examples/greeter_pb.ts";
import { GRPCController } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { createRuntime } from "../../src/index.ts";
import { medianHandshake, relayerHandshake } from "../../src/loop/handshakes.ts";
import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { until } from "../../src/testing/until.ts";
import { packageVersion } from "../../src/values/package-version.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { ignore } from "../../transports/calls/iterables.ts";
import { validate } from "../../transports/options/check.ts";
import { anything } from "../../transports/options/schema.ts";
import { transportOptions } from "../../transports/options/transport-options.ts";
import { defaultHandshake, type Handshake } from "../../transports/plugin.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import { type Ran, root, run } from "../programs.ts";
import { isRunning } from "../transports/support.ts";

const runtimeArgs = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
const ending = runtimeName === "node" ? ".mjs" : "";
let folder = "";
const built = (name: string) => join(folder, "built", name);

/** Runs the command from these sources. */
function loopp(sources: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return run(process.execPath, [...runtimeArgs, join(sources, "src/cli/main.ts"), ...args], { cwd: folder, env });
}

const made = {
  median: ["median"],
  simulated: ["simulated"],
  surroundings: ["test/cli/programs/surroundings.plugin.ts"],
  conformance: ["src/testing/conformance/conformance.plugin.ts"],
  ...(runtimeName === "bun" ? { bundled: ["test/cli/programs/surroundings.plugin.ts", "--bundle"] } : {}),
} as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "built-"));
  const sources = join(folder, "sources");
  for (const name of ["src", "transports", "proto/gen", "package.json", "test/cli/programs"]) {
    cpSync(join(root, name), join(sources, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(sources, "node_modules"));
  mkdirSync(join(folder, "built"));
  for (const [name, [plugin, ...flags]] of Object.entries(made)) {
    const source = plugin.includes("/") ? join(sources, plugin) : plugin;
    const ran = await loopp(sources, ["build", source, "-o", built(`${name}${ending}`), ...flags]);
    expect(ran).toEqual({ code: 0, stdout: expect.stringContaining(built(name)), stderr: "" });
  }
  rmSync(sources, { recursive: true });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fileOf = (name: string) => built(`${name}${ending}`);

/** All that a Go host that passes nothing on gives its plugin. */
function environmentOf({ cookieKey, cookieValue }: Handshake): Record<string, string> {
  return {
    [cookieKey]: cookieValue,
    PLUGIN_MIN_PORT: "10000",
    PLUGIN_MAX_PORT: "25000",
    PLUGIN_PROTOCOL_VERSIONS: "0,1",
  };
}

interface Started {
  readonly child: ChildProcess;
  /** The plugin's socket. */
  readonly socket: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Resolves when the plugin has said where it listens. */
async function start(command: string, args: readonly string[], env: Record<string, string>): Promise<Started> {
  const child = spawn(command, args, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  await until("the file has written its handshake line", () => stdout.includes("\n") || child.exitCode !== null);
  expect({ stdout, stderr }).toEqual({
    stdout: expect.stringMatching(/^1\|[01]\|unix\|[^|\n]+\|grpc\|\n$/),
    stderr: expect.any(String),
  });
  const socket = stdout.split("|")[3] ?? "";
  return { child, socket, stdout: () => stdout, stderr: () => stderr };
}

describe.each([
  ["median", medianHandshake],
  ["simulated", relayerHandshake],
  ["surroundings", defaultHandshake],
] as const)("a built file of %s, in an empty environment and another directory", (name, handshake) => {
  it("says first where it listens, answers, ends with 0 at Shutdown, and leaves nothing behind", async () => {
    const { child, socket, stdout } = await start(fileOf(name), [], environmentOf(handshake));
    const exited = once(child, "exit");
    const createConnection = () => net.connect(socket);
    const transport = createGrpcTransport({ baseUrl: "http://localhost", nodeOptions: { createConnection } });
    try {
      const { status } = await createClient(Health, transport).check({ service: "plugin" });
      expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
      const { body } = await createClient(Diagnostics, transport).collectMetrics({});
      expect(body).toContain("grpc_server_handled_total");
      // The end of the process is the answer.
      createClient(GRPCController, transport).shutdown({}).catch(ignore);
      expect(await exited).toEqual([0, null]);
      expect(stdout().split("\n")).toHaveLength(2);
      await until("its directory is removed", () => !existsSync(dirname(socket)));
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("ends when its host is killed, and leaves nothing behind", async () => {
    const script = '"$1" & echo "$!" >&2; wait';
    const host = await start("/bin/sh", ["-c", script, "sh", fileOf(name)], environmentOf(handshake));
    const pid = Number(/^\d+$/m.exec(host.stderr())?.[0]);
    try {
      expect(isRunning(pid)).toBe(true);
      host.child.kill("SIGKILL");
      await until(
        "the plugin has ended, and its directory is removed",
        () => !isRunning(pid) && !existsSync(dirname(host.socket)),
      );
    } finally {
      if (isRunning(pid)) process.kill(pid, "SIGKILL");
    }
  });
});

describe("a built file", () => {
  it.each(Object.keys(made))("of %s names no path of the machine that it was made on", (name) => {
    const bytes = readFileSync(fileOf(name));
    expect(statSync(fileOf(name)).mode & 0o111).toBe(0o111);
    expect([folder, join(root, "src"), join(root, "node_modules/@")].filter((path) => bytes.includes(path))).toEqual(
      [],
    );
  });

  it("loads no HTTP of its runtime at its start: it has one gRPC stack, and a server for metrics when it is asked for", () => {
    const code = readFileSync(fileOf(runtimeName === "bun" ? "bundled" : "surroundings"), "utf8");
    const loaded = [...code.matchAll(/from ?"(?:node:)?([a-z0-9_]+)/g)].map(([, name = ""]) => name);
    expect(loaded).toContain("net");
    expect(loaded.filter((name) => name.startsWith("http"))).toEqual([]);
  });

  it.each(["surroundings", ...(runtimeName === "bun" ? ["bundled"] : [])])(
    "%s has what it imports with it, and takes nothing from the directory it is started in",
    async (name) => {
      const cwd = mkdtempSync(join(folder, "directory-"));
      const scratch = mkdtempSync(join(folder, "scratch-"));
      writeFileSync(join(cwd, ".env"), "FROM_A_FILE=1\n");
      writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./nowhere.ts"]\n');
      writeFileSync(join(cwd, "deno.json"), "{ this is no JSON\n");
      writeFileSync(join(cwd, "package.json"), '{ "type": "commonjs" }\n');
      const options = { command: fileOf(name), inheritEnv: [], env: { TMPDIR: scratch }, cwd };
      await using runtime = await createRuntime({ plugins: { subject: { options: { process: options } } } });
      const { text } = await runtime.client("subject", Greeter).greet({});
      const { word, directory, environment } = JSON.parse(text);
      expect({ word, directory }).toEqual({ word: "HELLO!", directory: cwd });
      expect(environment).not.toContain("FROM_A_FILE");
      const { body } = await runtime.client("subject", Diagnostics).collectMetrics({});
      expect(body).toContain("greetings_total 1");
      await runtime.close();
      expect(readdirSync(scratch)).toEqual([]);
    },
  );

  it("of a plugin of ours tells this package's version", async () => {
    const options = { command: fileOf("median") };
    await using runtime = await createRuntime({
      plugins: { subject: { options: { process: options }, handshake: medianHandshake } },
    });
    const { body } = await runtime.client("subject", Diagnostics).collectMetrics({});
    expect(body).toContain(`version{version="${packageVersion()}",commit="unset"} 1`);
  });

  it("runs a node's rounds as the command of a kind", async () => {
    const env = { CL_MEDIAN_CMD: fileOf("median") };
    const until = /round .*transmitted/;
    const args = [...runtimeArgs, join(root, "src/cli/main.ts"), "node", "--http-port", "0"];
    const ran = await run(process.execPath, args, { cwd: folder, env, until });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^plugin median\.widget-usd: process/m) });
  });
});

const processes = createProcessTransport();
transportSuite({
  name: "built file",
  transport: {
    ...processes,
    options: transportOptions(anything, (options, module) =>
      validate(
        processes.options,
        module instanceof URL && module.pathname.endsWith("/conformance.plugin.ts")
          ? { options: { command: fileOf("conformance") } }
          : { module, options },
      ),
    ),
  },
});

describe("loopp build", () => {
  const output = (name: string) => join(folder, name);

  function expectRefused(ran: Ran, sentence: string | RegExp): void {
    expect({ ...ran, stderr: ran.stderr.trimEnd() }).toEqual({
      code: 2,
      stdout: "",
      stderr: typeof sentence === "string" ? sentence : expect.stringMatching(sentence),
    });
    expect(ran.stderr.trimEnd()).not.toContain("\n");
  }

  it("says what it takes", async () => {
    const { code, stdout } = await loopp(root, ["build", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: loopp build <plugin> --output FILE");
    expect(stdout).toContain("median, simulated");
  });

  it.each([
    [[], "Name one plugin to build: median, simulated, or a module by its path"],
    [["median", "simulated"], "Name one plugin to build: median, simulated, or a module by its path"],
    [["median"], "Name the file to make: --output FILE"],
    [["median", "-o"], "-o: It needs a value: -o my-plugin"],
    [["median", "--fly"], "--fly: There is no such option; --help lists them"],
    [["median", "--bundle=no"], "--bundle: It takes no value"],
    [
      ["median", "-o", "x", "--runtime", "java"],
      'Cannot build "median": --runtime must be one of bun, node, deno, got "java"',
    ],
    [
      ["median", "-o", "x", "--compile", "--runtime", "node"],
      'Cannot build "median": --compile is only for --runtime bun',
    ],
    [
      ["median", "-o", "x", "--compile", "--bundle"],
      'Cannot build "median": --compile and --bundle exclude each other',
    ],
    [
      ["solana", "-o", "x"],
      'Cannot build "solana": there is no built-in plugin with this name, only median, simulated; a module is given as ./solana.ts',
    ],
    [["./nowhere.ts", "-o", "x"], 'Cannot build "./nowhere.ts": there is no such file'],
    [
      ["median", "-o", "x", "--runtime", "node"],
      'Cannot build "median": name it x.mjs: how Node runs files with other names depends on the package.json above them',
    ],
  ])("refuses %j with one sentence", async (args, sentence) => {
    expectRefused(await loopp(root, ["build", ...args]), sentence);
  });

  it("refuses modules that are not plugins, and leaves the old file", async () => {
    const target = output(`kept${ending}`);
    writeFileSync(target, "the old one");
    for (const [name, source, sentence] of [
      ["no-plugin", "export default { setup: 'later' };", /its default export is not made by definePlugin\(\)$/],
      ["throws", "throw new Error('it rains');", /: it rains$/],
      ["lost", "import 'no-such-package';", /no-such-package.*\(.*lost\.ts:1:8\)$/],
      ["ends", "process.exit(0);", /: the built file ends with exit code 0 and prints no error$/],
    ] as const) {
      writeFileSync(output(`${name}.ts`), source);
      const ran = await loopp(root, ["build", output(`${name}.ts`), "-o", target]);
      expectRefused(ran, sentence);
    }
    expect(readFileSync(target, "utf8")).toBe("the old one");
    expect(readdirSync(folder).filter((name) => name.startsWith(".loopp"))).toEqual([]);
  });

  it("refuses an output that cannot be written, before it builds anything", async () => {
    expectRefused(
      await loopp(root, ["build", "median", "-o", output(`nowhere/x${ending}`)]),
      /cannot write to .*nowhere: no such file or directory$/,
    );
    mkdirSync(output(`folder${ending}`));
    expectRefused(
      await loopp(root, ["build", "median", "-o", output(`folder${ending}`)]),
      /cannot write .*folder(\.mjs)?: it is a folder$/,
    );
  });

  it("builds for the other runtimes, too", async () => {
    for (const runtime of ["bun", "node", "deno"].filter((name) => name !== runtimeName)) {
      const file = output(`other-${runtime}.mjs`);
      const ran = await loopp(root, ["build", "median", "-o", file, "--runtime", runtime, "--bundle"]);
      expect(ran).toMatchObject({ code: 0, stderr: "" });
      const { child } = await start(file, [], environmentOf(medianHandshake));
      const exited = once(child, "exit");
      // Not through the child object: to Deno, that would be the way it ended.
      process.kill(child.pid ?? 0, "SIGTERM");
      expect(await exited).toEqual([0, null]);
    }
  });

  it("names files beside the plugin, which the built file does not contain", async () => {
    const source = output("beside.ts");
    writeFileSync(
      source,
      `import { definePlugin } from ${JSON.stringify(join(root, "src/index.ts"))};
       export const prices = new URL("./prices.csv", import.meta.url);
       export default definePlugin({ setup: () => ({ routes: () => {}, dispose: async () => console.log(prices) }) });`,
    );
    const ran = await loopp(root, ["build", source, "-o", output(`beside${ending}`)]);
    expect(ran).toMatchObject({
      code: 0,
      stderr: "Note: the plugin names ./prices.csv, a file beside it, which the built file does not contain\n",
    });
  });

  // Bun needs no other Bun.
  if (runtimeName !== "bun") {
    it("says where to get Bun when there is none", async () => {
      const ran = await loopp(root, ["build", "median", "-o", output("x.mjs")], { PATH: "/nowhere" });
      expectRefused(ran, /^Cannot build "median": Bun is needed to build the file, and there is no bun on the PATH/);
    });
  }
});
