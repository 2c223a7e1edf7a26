/** What runs where: flags, environment and sections for one plugin. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolvePlugin } from "../../../../src/node/config/plugins/resolve.ts";
import { createConfigs } from "../configs.ts";

const { directory, load, mistakes, remove } = createConfigs();
/** A folder of a PATH, with Chainlink's own median plugin. */
const programs = join(directory, "programs");
mkdirSync(programs);
writeFileSync(join(programs, "chainlink-feeds"), "", { mode: 0o755 });
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
    { what: "is in-process by default", is: { transport: "in-process" }, from: "default" },
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
      what: "takes a program of its kind's name on the PATH where it is told to look",
      env: { CL_LOOPP_PATH_LOOKUP: "true", PATH: programs },
      is: { transport: "process", command: join(programs, "chainlink-feeds") },
      from: "CL_LOOPP_PATH_LOOKUP",
    },
    {
      what: "looks for nothing unless it is told to",
      env: { PATH: programs },
      is: { transport: "in-process" },
      from: "default",
    },
    {
      what: "takes an empty variable for the built-in plugin, whatever is on the PATH",
      env: { CL_LOOPP_PATH_LOOKUP: "true", CL_MEDIAN_CMD: "", PATH: programs },
      is: { transport: "in-process" },
      from: "default",
    },
    {
      what: "takes another transport, which is written, before what is found",
      toml: `[plugins.median]\ntransport = "worker"`,
      env: { CL_LOOPP_PATH_LOOKUP: "true", PATH: programs },
      is: { transport: "worker" },
      from: "node.toml:2",
    },
    {
      what: "takes a command that is written before what is found",
      toml: `[plugins.median]\ncommand = "env"`,
      env: { CL_LOOPP_PATH_LOOKUP: "true", PATH: programs },
      is: { transport: "process", command: "env" },
      from: "node.toml:2",
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
      "There is also a command: remove one of the two",
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
