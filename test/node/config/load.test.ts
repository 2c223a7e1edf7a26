/** The effective configuration: what counts before what, and what is refused. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chainToml } from "../../../src/node/config/chains.ts";
import { resolvePlugin } from "../../../src/node/config/plugins/resolve.ts";
import type { NodeConfig } from "../../../src/node/config/types.ts";
import { createConfigs, simulatedFeeds } from "./configs.ts";

const { directory, load, mistakes, remove } = createConfigs();
afterAll(remove);

const filesOf = ({ jobs }: NodeConfig) => jobs.map(({ file }) => file);

describe("loadConfig()", () => {
  it("needs no file", () => {
    const config = load("");
    const http = { host: "127.0.0.1", port: 6688, hosts: [], adminLocal: true, maxConnections: 256 };
    expect(config.http).toEqual(http);
    expect(config.log.level).toBe("info");
    expect(config.ocr2).toMatchObject({ localConfig: { blockchainTimeoutMs: 20_000, minMaxDurationQueryMs: 100 } });
    expect(config.pipeline.allowLocalAddresses).toBe(false);
    expect(config.jobs).toEqual([]);
    expect(resolvePlugin(config.plugins, "median").transport).toBe("in-process");
    expect([...config.origins.values()].every(({ kind }) => kind === "default")).toBe(true);
  });

  it("takes flags before the file, and the file before the defaults", () => {
    const config = load(`[http]\nhost = "0.0.0.0"\nport = 7000\n[log]\nlevel = "warn"`, ["--http-port", "7001"]);
    expect(config.http).toMatchObject({ host: "0.0.0.0", port: 7001 });
    expect(config.origins.get("http.port")).toEqual({ kind: "flag", flag: "--http-port" });
    expect(config.origins.get("http.host")).toEqual({ kind: "file", file: "node.toml", line: 2 });
    expect(config.origins.get("log.level")).toEqual({ kind: "file", file: "node.toml", line: 5 });
  });

  it("reads what only the environment has", () => {
    const config = load("", [], {
      CL_MIN_OCR2_MAX_DURATION_QUERY: "250ms",
      CL_PROMETHEUS_DISCOVERY_HOSTNAME: "node-1.example",
    });
    expect(config.ocr2.localConfig.minMaxDurationQueryMs).toBe(250);
    expect(config.http.discoveryHost).toBe("node-1.example");
    expect(config.origins.get("ocr2.localConfig.minMaxDurationQueryMs")).toEqual({
      kind: "environment",
      variable: "CL_MIN_OCR2_MAX_DURATION_QUERY",
    });
  });

  it("finds jobs beside the config file, which --job replaces", () => {
    const toml = `[jobs]\nfiles = ["x.toml"]\ndirectory = "jobs"`;
    const inJobs = (name: string) => join(directory, "jobs", name);
    expect(filesOf(load(toml))).toEqual([join(directory, "x.toml"), inJobs("a.toml"), inJobs("b.toml")]);
    expect(filesOf(load(toml, ["--job", "y.toml"]))).toEqual([join(directory, "y.toml")]);
  });

  it("keeps all that a chain's table says for its relayer", () => {
    const { chains } = load(
      `[[EVM]]\nChainID = 31337\nUnheardOf = 1\n[[EVM.Nodes]]\nName = "local"\nHTTPURL = "http://127.0.0.1:8545"\n` +
        `[[Solana]]\nChainID = "devnet"\nEnabled = false\n[[Simulated]]\nChainID = "7"${simulatedFeeds}`,
    );
    expect(chains.map(({ plugin, enabled }) => [plugin, enabled])).toEqual([
      ["evm.31337", true],
      ["solana.devnet", false],
      ["simulated.7", true],
    ]);
    const [evm, solana] = chains;
    expect(chainToml(evm!.family, evm!.complete)).toBe(
      `ChainID = 31337\nUnheardOf = 1\n\n[[Nodes]]\nName = "local"\nHTTPURL = "http://127.0.0.1:8545"\n`,
    );
    expect(chainToml(solana!.family, solana!.complete, "wrapped")).toMatch(
      /^\[Solana\]\n(.+\n)*ChainID = "devnet"\nEnabled = false\n/,
    );
  });

  it("lifts OCR2's bounds in development mode, but allows no zero", () => {
    const mode = `DevelopmentMode = "enable dangerous development mode"`;
    expect(load(`[OCR2]\nContractPollInterval = "10ms"\n${mode}`).ocr2.localConfig).toMatchObject({
      contractConfigTrackerPollIntervalMs: 10,
      developmentMode: "enable dangerous development mode",
    });
    expect(mistakes(`[OCR2]\nContractPollInterval = "0s"\n${mode}`)).toContain(
      "OCR2.ContractPollInterval: 0s is out of range",
    );
  });

  it.each([
    [`[http]\nport = 65536`, "node.toml:2: http.port: Expected a whole number from 0 to 65535, got 65536"],
    [`[http]\nport = "6688"`, 'node.toml:2: http.port: Expected a whole number from 0 to 65535, got "6688"'],
    [
      `[http]\nprot = 1`,
      "node.toml:2: http.prot: There is no such key here, only adminLocal, adminTokenFile, host, hosts, maxConnections, port",
    ],
    [`http = 1`, "node.toml:1: http: Expected a table, got 1"],
    [`[nonsense]\na = 1`, "node.toml:1: nonsense: There is no such key here, only AutoPprof, Database, EVM, Feature, "],
    [
      `[log]\nlevel = "loud"`,
      'node.toml:2: log.level: Expected one of "trace", "debug", "info", "warn", "error", got "loud"',
    ],
    [
      `[bridges]\nw = "localhost"`,
      'node.toml:2: bridges.w: Expected a URL that begins with http:// or https://, got "localhost"',
    ],
    [
      `[bridges]\n"a b" = "http://x"`,
      'node.toml:2: bridges."a b": A bridge\'s name may only have letters, digits, dots, _ and -',
    ],
    [`[jobs]\ndirectory = "none"`, "node.toml:2: jobs.directory: There is no directory "],
    [`[jobs]\nfiles = "a.toml"`, 'node.toml:2: jobs.files: Expected a list, got "a.toml"'],
    [
      `[pipeline]\nmaxRunDuration = "0s"`,
      "node.toml:2: pipeline.maxRunDuration: 0s is out of range: it must be from 1ms to 24h0m0s",
    ],
    [
      `[pipeline]\nmaxBodyBytes = 0`,
      "node.toml:2: pipeline.maxBodyBytes: Expected a whole number from 1 to 67108864, got 0",
    ],
    [
      `[OCR2]\nDatabaseTimeout = "30s"`,
      "node.toml:2: OCR2.DatabaseTimeout: 30s is out of range: it must be from 100ms to 10s",
    ],
    [
      `[OCR2]\nContractConfirmations = 0`,
      "node.toml:2: OCR2.ContractConfirmations: 0 is out of range: it must be from 1 to 100",
    ],
    [
      `[OCR2]\nBlockchainTimeout = "20"`,
      'node.toml:2: OCR2.BlockchainTimeout: "20" is not a duration: the unit is missing',
    ],
    [
      `[OCR2]\nDevelopmentMode = "yes"`,
      'node.toml:2: OCR2.DevelopmentMode: Expected "enable dangerous development mode", got "yes"',
    ],
    [
      `[plugins.medain]\n`,
      'node.toml:1: plugins.medain: "medain" is not a plugin kind or a plugin of one: the kinds are median, ',
    ],
    [`[plugins."median/x"]\n`, "cannot be a plugin's name"],
    [
      `[plugins.evm.31337]\ntransport = "worker"`,
      "node.toml:1: plugins.evm.31337: There is no such key here, only args, ",
    ],
    [
      `[plugins.median]\ntransport = "wroker"`,
      'node.toml:2: plugins.median.transport: Expected one of "in-process", "worker", "process", "carrier-pigeon", got "wroker"',
    ],
    [`[plugins.median]\nmodule = "./none.ts"`, "node.toml:2: plugins.median.module: There is no file "],
    [`[plugins.median]\nargs = ["-x"]`, "node.toml:2: plugins.median.args: There is no command to give them to"],
    [`[plugins.median]\nchecksum = "md5:1"`, 'plugins.median.checksum: Expected "sha256:" and 64 hexadecimal digits'],
    [`[plugins.median.limits]\nstopGrace = "-1s"`, "node.toml:2: plugins.median.limits.stopGrace: -1s is out of range"],
    [
      `[plugins.median.health]\nmisses = 0`,
      "plugins.median.health.misses: Expected a whole number from 1 to 1000, got 0",
    ],
    [`[plugins.median]\nhealth = true`, "node.toml:2: plugins.median.health: Expected a table or false, got true"],
    [
      `[plugins.median]\nrestart = { jitter = 2, x = 1 }`,
      "plugins.median.restart.jitter: Expected a number from 0 to 1, got 2",
    ],
    [
      `[plugins.median]\nrestart = { x = 1 }`,
      "plugins.median.restart.x: There is no such key here, only factor, healthy, ",
    ],
    [
      `[plugins.median.process]\ncommand = "x"`,
      "node.toml:2: plugins.median.process.command: Write it as plugins.median.command",
    ],
    [
      `[plugins.simulated.worker]\nmemoryLimit = 5\nmemoryLimitMb = 5`,
      "node.toml:2: plugins.simulated.worker.memoryLimit: No such option; there are memoryLimitMb, threads\n" +
        "node.toml:3: plugins.simulated.worker.memoryLimitMb: Expected a number of at least 8, got 5",
    ],
    [
      `[plugins.median.worker]\n"a: b" = 5`,
      'node.toml:2: plugins.median.worker."a: b": No such option; there are memoryLimitMb',
    ],
    [
      `[plugins."median.btc"]\ntransport = "worker"\n[plugins.median.process]\nruntime = "nodejs"`,
      'node.toml:4: plugins.median.process.runtime: Expected "bun" or "node" or "deno", got "nodejs"',
    ],
    [
      `[plugins.median]\ncommand = "sh"\nargs = [""]\n[plugins.median.process]\nmemoryLimitMb = 99`,
      "node.toml:3: plugins.median.args[0]: Must not be empty\n" +
        "node.toml:5: plugins.median.process.memoryLimitMb: Only for a module, and `command` is set",
    ],
    [
      `[plugins.median]\ncommand = "sh"\nargs = [\n  "-x",\n  "",\n]`,
      "node.toml:5: plugins.median.args[1]: Must not be empty",
    ],
    [
      `[plugins.median]\ncommand = "sh"\n[plugins.median.process]\nmemoryLimitMb = 99`,
      "node.toml:4: plugins.median.process.memoryLimitMb: Only for a module, and `command` is set",
    ],
    [
      `[plugins.median]\nchecksum = "sha256:${"0".repeat(64)}"\ntransport = "process"`,
      "node.toml:2: plugins.median.checksum: Only for a `command`",
    ],
    [`[[EVM]]\nEnabled = false`, "node.toml:1: EVM[0].ChainID: It is missing and has no default"],
    [
      `[[EVM]]\nChainID = "1"`,
      "node.toml:1: EVM[0].Nodes: The chain has no node to ask: add [[EVM.Nodes]] with a Name and a URL",
    ],
    [
      `[[Simulated]]\nChainID = "1"\n[[Simulated]]\nChainID = 1`,
      'node.toml:4: Simulated[1].ChainID: There is another Simulated chain with the id "1"',
    ],
    [`Simulated = [{ ChainID = "1" }]`, "node.toml:1: Simulated[0].Feeds: It is missing and has no default"],
    [`[[Simulated]]\nChainID = "7"`, "node.toml:1: Simulated[0].Feeds: It is missing and has no default"],
    [
      `[[Simulated]]\nChainID = "7"\nBlockTime = "0s"\nBlockTimes = 1${simulatedFeeds}`,
      "node.toml:3: Simulated[0].BlockTime: Must be a duration above zero, such as 1s\n" +
        "node.toml:4: Simulated[0].BlockTimes: There is no such key here, only BlockTime, ChainID, Enabled, Feeds, StateFile",
    ],
    [
      `[[Simulated]]\nChainID = "7"${simulatedFeeds.replace("= 8", '= "8"')}Addres = "0x"`,
      'node.toml:7: Simulated[0].Feeds[0].Decimals: Expected a whole number, got "8"\n' +
        "node.toml:9: Simulated[0].Feeds[0].Addres: There is no such key here, only Address, ",
    ],
    [
      `[[Simulated]]\nChainID = "7"${simulatedFeeds.replace("= 8", "= 256").replace("0x5F", "0x")}`,
      "node.toml:4: Simulated[0].Feeds[0].Address: Is not an address; write 0x and 40 hexadecimal digits, ",
    ],
    [
      `[[Simulated]]\nChainID = "7"${simulatedFeeds.replace("= 8", "= 256")}`,
      "node.toml:7: Simulated[0].Feeds[0].Decimals: Expected at most 255, got 256",
    ],
    [`[EVM]\nChainID = "1"`, "node.toml:1: EVM: Expected a list, got a table"],
    [
      `[[Solana]]\nChainID = "1"\n[[Solana.Nodes]]\nName = "a"`,
      "node.toml:3: Solana[0].Nodes[0]: The node has no URL: add URL",
    ],
    [
      `[[EVM]]\nChainID = "1"\n[[EVM.Nodes]]\nName = "a"\nWSURL = "ws://x"\n[[EVM.Nodes]]\nName = "a"\nWSURL = "ws://y"`,
      'node.toml:7: EVM[0].Nodes[1].Name: There is another node with the name "a"',
    ],
    [`a = `, "node.toml:1: Not TOML: "],
  ])("refuses %j", (toml, message) => {
    expect(mistakes(toml)).toContain(message);
  });

  it.each([
    [["--transport", "medain=worker"], {}, '--transport: "medain" is not a plugin kind or a plugin of one'],
    [
      ["--transport", "median=boat"],
      {},
      '--transport: There is no transport "boat" for "median", only in-process, worker, process, carrier-pigeon',
    ],
    [["--config", "none.toml"], {}, "none.toml:1: There is no such file"],
    [[], { CL_MEDIAN_ENV: "none.env" }, "CL_MEDIAN_ENV: There is no file "],
    [
      [],
      { CL_PROMETHEUS_DISCOVERY_HOSTNAME: "http://x" },
      'CL_PROMETHEUS_DISCOVERY_HOSTNAME: Expected a host name or an address, got "http://x"',
    ],
    [[], { CL_LOOPP_HOSTNAME: "a b" }, 'CL_LOOPP_HOSTNAME: Expected a host name or an address, got "a b"'],
    [["--http-host", "localhost:80"], {}, '--http-host: Expected a host name or an address, got "localhost:80"'],
    [[], { CL_MEDIAN_CMD: "/no/such" }, 'CL_MEDIAN_CMD: There is no program "/no/such"'],
    [
      [],
      { CL_EVM_CMD: "sh -c" },
      'CL_EVM_CMD: There is no program "sh -c" on the PATH that it would be started with: ',
    ],
    [[], { CL_MEDIAN_CMD: "/bin" }, 'CL_MEDIAN_CMD: There is no program "/bin"'],
    [[], { CL_MEDIAN_CMD: join(directory, "median.env") }, 'median.env" is not executable: run chmod +x on it'],
    [
      [],
      { CL_MEDIAN_CMD: join(directory, "no-interpreter") },
      'no-interpreter" names the interpreter "/no/such/sh", which does not exist',
    ],
    [[], { CL_LOOPP_PATH_LOOKUP: "yes" }, 'CL_LOOPP_PATH_LOOKUP: Expected one of "true", "false", got "yes"'],
    [[], { CL_MIN_OCR2_MAX_DURATION_QUERY: "soon" }, 'CL_MIN_OCR2_MAX_DURATION_QUERY: "soon" is not a duration'],
    [[], { CL_MIN_OCR2_MAX_DURATION_QUERY: "0s" }, "CL_MIN_OCR2_MAX_DURATION_QUERY: 0s is out of range"],
  ])("refuses %j with %j", (argv, env, message) => {
    expect(mistakes("", argv, env as Record<string, string>)).toContain(message);
  });

  it("does not check a simulated chain that is not enabled, or that another plugin serves", () => {
    const chain = `[[Simulated]]\nChainID = "seven"\nTheirs = 1\n`;
    expect(mistakes(`${chain}Enabled = false`)).toBe("");
    expect(mistakes(`${chain}[plugins.simulated]\nmodule = "median.plugin.ts"`)).toBe("");
    expect(mistakes(chain, [], { CL_SIMULATED_CMD: "sh" })).toBe("");
    expect(mistakes(chain)).toContain("node.toml:2: Simulated[0].ChainID: Must be an integer");
  });

  it("reports a mistake in a table of several plugins once, and does not check tables of custom transports", () => {
    const toml = `[plugins.median.worker]\nx = 1\n[plugins."median.a"]\n[plugins."median.b"]`;
    expect(mistakes(toml).split("\n")).toHaveLength(1);
    expect(mistakes("[plugins.median.carrier-pigeon]\nx = 1")).toBe("");
    expect(mistakes(`[plugins.median.worker]\nmemoryLimitMb = 99`, [], { CL_MEDIAN_CMD: "sh" })).toBe("");
  });

  it("looks for a command where the plugin would be started", () => {
    const path = `[plugins.median]\ncommand = "two words"\nenv = { PATH = ${JSON.stringify(directory)} }`;
    expect(mistakes(path)).toBe("");
    expect(mistakes(`[plugins.median]\ncommand = "two words"`)).toMatch(
      /^node\.toml:2: plugins\.median\.command: There is no program "two words" on the PATH [^\n]*$/,
    );
    const cwd = `[plugins.median.process]\ncwd = ${JSON.stringify(directory)}`;
    expect(mistakes(`[plugins.median]\ncommand = "./two words"\n${cwd}`)).toBe("");
    expect(mistakes(`[plugins.median]\ncommand = "./three words"\n${cwd}`)).toContain(join(directory, "three words"));
    // Also where something else is wrong with it.
    expect(mistakes(`[plugins.median.process]\nruntime = "nodejs"`, [], { CL_MEDIAN_CMD: "/no/such" })).toMatch(
      /^node\.toml:2: plugins\.median\.process\.runtime: .*\nCL_MEDIAN_CMD: There is no program "\/no\/such"$/,
    );
  });

  it("tells the mistakes of file, environment and flags together, each in one line", () => {
    const found = mistakes(
      `[http]\nport = -1\nx = 1\n[plugins.median]\ntransport = "boat"\n[plugins.solana]\ntransport = "worker"\n[[EVM]]`,
      ["--transport", "evm=boat"],
      { CL_SOLANA_CMD: "sh", CL_MIN_OCR2_MAX_DURATION_QUERY: "x" },
    );
    expect(found.split("\n").map((line) => line.replace(/: .*/, ""))).toEqual([
      "node.toml:2",
      "node.toml:3",
      "node.toml:5",
      "node.toml:7",
      "node.toml:8",
      "CL_MIN_OCR2_MAX_DURATION_QUERY",
      "--transport",
    ]);
  });
});
