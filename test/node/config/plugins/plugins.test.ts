/** What runs where: flags, environment and sections for one plugin. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findUnusedNames } from "../../../../src/node/config/plugins/names.ts";
import { toPluginOptions } from "../../../../src/node/config/plugins/options.ts";
import { resolvePlugin } from "../../../../src/node/config/plugins/resolve.ts";
import { parsePlugin } from "../../../../src/runtime/plugin-spec.ts";
import { createInProcessTransport } from "../../../../transports/in-process/index.ts";
import { createProcessTransport } from "../../../../transports/process/index.ts";
import type { PluginTransport } from "../../../../transports/transport.ts";
import { createWorkerTransport } from "../../../../transports/worker/index.ts";
import { createConfigs } from "../configs.ts";

const { directory, load, mistakes, remove } = createConfigs();
afterAll(remove);

describe("resolvePlugin()", () => {
  const cases: {
    what: string;
    toml?: string;
    argv?: string[];
    env?: Record<string, string>;
    name?: string;
    is: { transport: string; command?: string };
    from: string;
  }[] = [
    { what: "is in-process when nobody says anything", is: { transport: "in-process" }, from: "default" },
    {
      what: "takes the file's transport",
      toml: `[plugins.median]\ntransport = "worker"`,
      is: { transport: "worker" },
      from: "node.toml:2",
    },
    {
      what: "takes a flag before the file",
      toml: `[plugins.median]\ntransport = "worker"`,
      argv: ["--transport", "median=process"],
      is: { transport: "process" },
      from: "--transport median=process",
    },
    {
      what: "takes any flag before the file, even one for the whole kind",
      toml: `[plugins."median.btc"]\ntransport = "worker"`,
      argv: ["--transport", "median=process"],
      name: "median.btc",
      is: { transport: "process" },
      from: "--transport median=process",
    },
    {
      what: "takes the longest name among flags",
      argv: ["--transport", "median=process", "--transport", "median.btc=worker"],
      name: "median.btc",
      is: { transport: "worker" },
      from: "--transport median.btc=worker",
    },
    {
      what: "takes the longest name among sections",
      toml: `[plugins."median.btc"]\ntransport = "worker"\n[plugins.median]\ntransport = "process"`,
      name: "median.btc",
      is: { transport: "worker" },
      from: "node.toml:2",
    },
    {
      what: "does not take a section of another instance",
      toml: `[plugins."median.btc"]\ntransport = "worker"`,
      name: "median.btc-usd",
      is: { transport: "in-process" },
      from: "default",
    },
    {
      what: "runs a command of the environment as a process",
      env: { CL_MEDIAN_CMD: join(directory, "two words") },
      name: "median.btc",
      is: { transport: "process", command: join(directory, "two words") },
      from: "CL_MEDIAN_CMD",
    },
    {
      what: "takes an empty command for none",
      toml: `[plugins.median]\ntransport = "worker"`,
      env: { CL_MEDIAN_CMD: "" },
      is: { transport: "worker" },
      from: "node.toml:2",
    },
    {
      what: "takes the environment's command before the file's",
      toml: `[plugins.median]\ncommand = "env"\nargs = ["-x"]`,
      env: { CL_MEDIAN_CMD: "sh" },
      is: { transport: "process", command: "sh" },
      from: "CL_MEDIAN_CMD",
    },
    {
      what: "agrees with a command and a transport that say the same",
      toml: `[plugins.median]\ncommand = "env"\ntransport = "process"`,
      is: { transport: "process", command: "env" },
      from: "node.toml:3",
    },
    {
      what: "lets an instance do without the command of its kind",
      toml: `[plugins.median]\ncommand = "env"\n[plugins."median.btc"]\ncommand = ""\ntransport = "worker"`,
      name: "median.btc",
      is: { transport: "worker" },
      from: "node.toml:5",
    },
    {
      what: "lets a flag that says process be heard over a file that does not",
      toml: `[plugins.median]\ntransport = "worker"`,
      argv: ["--transport", "median=process"],
      env: { CL_MEDIAN_CMD: "sh" },
      is: { transport: "process", command: "sh" },
      from: "--transport median=process",
    },
  ];
  it.each(cases)("$what", ({ toml = "", argv = [], env = {}, name = "median", is, from }) => {
    const { transport, command, origins } = resolvePlugin(load(toml, argv, env).plugins, name);
    expect({ transport, ...(command === undefined ? {} : { command }) }).toEqual(is);
    const origin = origins.get("transport");
    expect(origin?.kind === "file" ? `${origin.file}:${origin.line}` : Object.values(origin ?? {}).at(-1)).toBe(from);
  });

  it.each([
    [
      "",
      ["--transport", "median=worker"],
      '--transport median=worker says "worker", but CL_MEDIAN_CMD names a command',
    ],
    ["", ["--transport", "median.btc=worker"], '--transport median.btc=worker says "worker", but CL_MEDIAN_CMD'],
    [`[plugins.median]\ntransport = "worker"`, [], 'node.toml:2 says "worker", but CL_MEDIAN_CMD names a command'],
    [`[plugins."median.x"]\ntransport = "in-process"`, [], 'node.toml:2 says "in-process", but CL_MEDIAN_CMD'],
  ])("calls a command of the environment and another transport a contradiction: %j %j", (toml, argv, message) => {
    const found = mistakes(toml, argv, { CL_MEDIAN_CMD: "sh" });
    expect(found).toContain(message);
    expect(found.split("\n")).toHaveLength(1);
  });

  it.each([
    [
      `[plugins.median]\ncommand = "x"\ntransport = "worker"`,
      [],
      'node.toml:3 says "worker", but node.toml:2 names a command',
    ],
    [`[plugins.median]\ncommand = "x"`, ["--transport", "median=worker"], "but node.toml:2 names a command"],
    [
      `[plugins.median]\ncommand = "x"\nmodule = "median.plugin.ts"`,
      [],
      "There is a command as well: take one of the two away",
    ],
  ])("calls a command of the file and another choice a contradiction: %j %j", (toml, argv, message) => {
    expect(mistakes(toml, argv)).toContain(message);
  });

  it("does not mind a command for another kind", () => {
    expect(mistakes(`[plugins.median]\ntransport = "worker"`, [], { CL_SOLANA_CMD: "sh" })).toBe("");
  });

  it("takes each key of each table from the longest name that has it", () => {
    const toml = `
[plugins.median]
module = "median.plugin.ts"
scrape = "rpc"
env = { FOO = "kind", ONLY = "kind" }
limits = { startTimeout = "30s", maxMessageBytes = 4096 }
restart = { initialDelay = "1s", maxRestarts = 3, factor = 1.5 }
health = { interval = "1s" }
[plugins.median.process]
runtime = "bun"
[plugins.median.carrier-pigeon]
birds = 2
[plugins."median.btc"]
scrape = "http"
env = { FOO = "instance" }
limits = { startTimeout = "5s" }
health = false
[plugins."median.btc".process]
runtime = "deno"
`;
    const plugin = resolvePlugin(load(toml).plugins, "median.btc");
    expect(plugin).toMatchObject({
      kind: "median",
      module: new URL(`file://${join(directory, "median.plugin.ts")}`).href,
      scrape: "http",
      env: { FOO: "instance", ONLY: "kind" },
      limits: { startTimeoutMs: 5000, maxMessageBytes: 4096 },
      restart: { initialDelayMs: 1000, maxRestarts: 3, factor: 1.5 },
      health: false,
      options: { process: { runtime: "deno" }, "carrier-pigeon": { birds: 2 }, worker: {} },
    });
    expect(plugin.origins.get("env.ONLY")).toMatchObject({ line: 5 });
    expect(plugin.origins.get("health")).toMatchObject({ line: 17 });
    expect(plugin.origins.get("process.runtime")).toMatchObject({ line: 19 });
  });

  it("keeps the entries of an env file apart: those of the config take their place", () => {
    const { plugins } = load(`[plugins.median]\nenv = { FOO = "from the config", BAZ = "3" }`, [], {
      CL_MEDIAN_ENV: "median.env",
    });
    const { env, envFile, origins } = resolvePlugin(plugins, "median.btc");
    expect(env).toEqual({ FOO: "from the config", BAZ: "3" });
    expect(envFile).toEqual({ FOO: "from the env file", BAR: "2" });
    expect(origins.get("env.FOO")).toEqual({ kind: "file", file: "node.toml", line: 2 });
    expect(origins.get("env.BAR")).toEqual({ kind: "environment", variable: "CL_MEDIAN_ENV" });
    expect(resolvePlugin(plugins, "evm.1").envFile).toEqual({});
  });

  it("says of an env file that is not there which variable names it", () => {
    for (const kind of ["MEDIAN", "EVM", "SOLANA", "STARKNET", "SIMULATED"]) {
      expect(mistakes("", [], { [`CL_${kind}_ENV`]: "nowhere.env" })).toMatch(
        new RegExp(`^CL_${kind}_ENV: There is no file ".*nowhere\\.env"$`),
      );
    }
  });
});

describe("findUnusedNames()", () => {
  it("tells names in flags and file that no plugin answers to", () => {
    const { plugins } = load(`[plugins."median.eth"]\ntransport = "worker"\n[plugins.solana]\ntransport = "worker"`, [
      "--transport",
      "median.btc=worker",
      "--transport",
      "evm.1=worker",
    ]);
    const found = findUnusedNames(plugins, ["median.btc", "evm.31337"]);
    expect(found.map(({ message }) => message)).toEqual([
      'There is no plugin "evm.1": there is evm.31337, median.btc',
      'There is no plugin "median.eth": there is evm.31337, median.btc',
    ]);
  });
});

describe("toPluginOptions()", () => {
  const builtIn = new URL("file:///built-in.ts");
  const pigeon = { ...createWorkerTransport(), kind: "carrier-pigeon" };
  const known = new Map<string, PluginTransport>(
    [createInProcessTransport(), createWorkerTransport(), createProcessTransport(), pigeon].map((one) => [
      one.kind,
      one,
    ]),
  );
  const optionsOf = (toml: string, env: Record<string, string> = {}) =>
    toPluginOptions(resolvePlugin(load(toml, [], env).plugins, "median.btc"), builtIn);

  it("runs the built-in module when nobody says anything", () => {
    const options = optionsOf("");
    expect(options).toMatchObject({ module: builtIn, transport: "in-process" });
    const spec = parsePlugin("median.btc", options, known);
    expect(spec.kind).toBe("in-process");
    expect(spec.specOn("in-process").spec).toMatchObject({ module: builtIn });
  });

  it("says all that a section says in the runtime's words", () => {
    const options = optionsOf(`
[plugins.median]
command = "/bin/sh"
args = ["-x"]
env = { FOO = "1" }
limits = { startTimeout = "30s", stopGrace = "1s", callTimeout = "5s", maxMessageBytes = 4096 }
restart = { initialDelay = "1s", maxDelay = "2s", factor = 3, jitter = 0.5, healthy = "1m", maxRestarts = 9, window = "5m" }
health = { interval = "1s", timeout = "500ms", misses = 2 }
[plugins.median.process]
cwd = "/tmp"
`);
    const spec = parsePlugin("median.btc", options, known);
    expect(spec).toMatchObject({
      kind: "process",
      startTimeoutMs: 30_000,
      stopGraceMs: 1000,
      callTimeoutMs: 5000,
      maxMessageBytes: 4096,
      restart: {
        initialDelayMs: 1000,
        maxDelayMs: 2000,
        factor: 3,
        jitter: 0.5,
        healthyMs: 60_000,
        maxRestarts: 9,
        windowMs: 300_000,
      },
      health: { intervalMs: 1000, timeoutMs: 500, misses: 2 },
    });
    expect(spec.specOn("process").spec).toMatchObject({
      module: undefined,
      command: "/bin/sh",
      args: ["-x"],
      env: { FOO: "1" },
      cwd: "/tmp",
    });
  });

  it("names no module where a command runs", () => {
    const options = optionsOf("", { CL_MEDIAN_CMD: "sh", CL_MEDIAN_ENV: "median.env" });
    expect(options.module).toBeUndefined();
    expect(options.options?.process).toEqual({
      command: "sh",
      args: [],
      env: { FOO: "from the env file", BAR: "2" },
    });
  });

  it("lets the node's variables take the place of an env file's, and the plugin's own that of both", () => {
    const { plugins } = load('[plugins.median]\nenv = { OWN = "config" }', [], { CL_MEDIAN_ENV: "median.env" });
    const options = toPluginOptions(resolvePlugin(plugins, "median"), builtIn, {
      FOO: "node",
      OWN: "node",
      NEW: "node",
    });
    expect(options.options?.process?.env).toEqual({ FOO: "node", BAR: "2", OWN: "config", NEW: "node" });
  });
});
