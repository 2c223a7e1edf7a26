/** The tests of a relayer of Chainlink's under our host and under our node. No chain answers it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRuntime, type Resource, type Runtime } from "../../../src/index.ts";
import { readJobFiles } from "../../../src/jobs/files.ts";
import { loadJobs } from "../../../src/jobs/load.ts";
import { connectionOf } from "../../../src/loop/connection.ts";
import { relayerHandshake } from "../../../src/loop/handshakes.ts";
import { createMedianProviderClient } from "../../../src/loop/median-provider/client.ts";
import type { MedianProvider } from "../../../src/loop/median-provider/types.ts";
import { createPluginRelayerClient } from "../../../src/loop/relayer/client.ts";
import type { Relayer } from "../../../src/loop/relayer/types.ts";
import { chainToml } from "../../../src/node/config/chains.ts";
import { parseFlags } from "../../../src/node/config/flags.ts";
import { loadConfig } from "../../../src/node/config/load.ts";
import type { NodeConfig } from "../../../src/node/config/types.ts";
import { startNode } from "../../../src/node/node.ts";
import { transportKinds } from "../../../src/runtime/built-in-transports.ts";
import { until } from "../../../src/testing/until.ts";
import { createTestKeystore } from "../../plugins/support.ts";
import { askRelayer, type Chain, formatLines, pluginArgsOf, relayArgsOf } from "./questions.ts";

/** Nobody listens there. */
const nodeUrl = "http://127.0.0.1:1";
const options = { timeoutMs: 10_000 };

export interface RelayerSuite {
  readonly chain: Chain;
  binary(): Promise<string>;
  /** Where its answers are kept. */
  readonly answersFile: string;
  /** The keys of its config that it cannot do without, and does not say so. */
  readonly needed: RegExp;
  /** The names of the parts whose health it reports. */
  readonly parts: readonly string[];
}

export function testRelayer({ chain, binary, answersFile, needed, parts }: RelayerSuite): void {
  const { table, chainId } = chain;
  const kind = table.toLowerCase();
  const folder = mkdtempSync(join(tmpdir(), `${kind}-`));
  let config: NodeConfig;
  let runtime: Runtime;
  let relayer: Resource<Relayer>;
  /** All log lines of the plugins under our runtime. */
  const said: string[] = [];

  /** The relayer's plugin under our runtime, and a relayer on the config that our node completes. */
  const newRelayer = (plugin: string, toml: string) =>
    runtime.plugin(plugin).resource({
      create: (instance) =>
        createPluginRelayerClient(instance, instance.broker).newRelayer(
          toml,
          createTestKeystore([chain.transmitterId]),
          options,
        ),
      dispose: (previous) => previous.close(options),
    });
  const tomlIn = (shape: "bare" | "wrapped") => {
    const [{ family, complete } = never()] = config.chains;
    return chainToml(family, complete, shape);
  };
  const toml = () => tomlIn("wrapped");

  beforeAll(async () => {
    writeFileSync(join(folder, "node.toml"), nodeToml(chain));
    writeFileSync(join(folder, "feed.toml"), jobToml(chain));
    const flags = parseFlags(["--config", join(folder, "node.toml"), "--http-port", "0"]);
    const env = { [`CL_${table.toUpperCase()}_CMD`]: await binary() };
    config = loadConfig({ flags, env, transports: transportKinds });
    const plugin = {
      // All that it asks for: a port for its metrics, any will do.
      options: { process: { command: await binary(), env: { CL_PROMETHEUS_PORT: "0" } } },
      handshake: relayerHandshake,
      restart: { initialDelayMs: 10, jitter: 0 },
    };
    runtime = await createRuntime({
      plugins: { relayer: plugin, other: plugin },
      onLog: ({ message }) => said.push(message),
    });
    relayer = newRelayer("relayer", toml());
  });
  afterAll(async () => {
    await runtime?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers about its chain, digests, codecs and accounts as it always has", async () => {
    await expect(formatLines(await askRelayer(await relayer.get(), chain))).toMatchFileSnapshot(answersFile);
  });

  it("echoes the config that the host has completed", async () => {
    const { config } = await (await relayer.get()).chainStatus(options);
    expect(config).toMatch(needed);
  });

  it("refuses a config in the other shape", async () => {
    await using refused = newRelayer("relayer", tomlIn("bare"));
    await expect(refused.get()).rejects.toThrow(/strict mode|missing in the target struct/);
    expect(runtime.plugin("relayer").status).toMatchObject({ state: "ready", restarts: 0 });
  });

  it("is told what to do under a node that gives the other shape, and the config's secrets stay out of the log", async () => {
    const file = join(folder, "other-shape.toml");
    const written = nodeToml(chain).replace('configShape = "wrapped"\n', "").replace(nodeUrl, `${nodeUrl}/v2/hunter2`);
    writeFileSync(file, written);
    const flags = parseFlags(["--config", file, "--http-port", "0"]);
    const env = { [`CL_${table.toUpperCase()}_CMD`]: await binary() };
    const other = loadConfig({ flags, env, transports: transportKinds });
    const jobs = loadJobs(readJobFiles([join(folder, "feed.toml")]), { chains: other.chains });
    const lines: string[] = [];
    const node = await startNode({ config: other, jobs, onLog: (line) => lines.push(JSON.stringify(line)) });
    try {
      await until("the log advises to set configShape", () =>
        lines.some((line) => line.includes("set configShape of [plugins.")),
      );
    } finally {
      await node.close();
    }
    expect(lines.filter((line) => line.includes("hunter2"))).toEqual([]);
    expect(lines.filter((line) => line.includes(`The node has no keys for ${kind} chains:`))).toHaveLength(1);
  });

  it("dies of a config without defaults, and is started again", async () => {
    const incomplete = `[${table}]\nChainID = "${chainId}"\n[[${table}.Nodes]]\nName = "none"\nURL = "${nodeUrl}"\n`;
    const plugin = runtime.plugin("other");
    await using dying = newRelayer("other", incomplete);
    const asked = dying.get().then((made) => made.newMedianProvider(relayArgsOf(chain), pluginArgsOf(chain), options));
    await Promise.allSettled([asked]);
    await until("the plugin has been started again", () => plugin.status.restarts > 0 && plugin.state === "ready");
    expect(plugin.status.lastExit?.reason).toBe("crashed");
    expect(said.filter((line) => line.includes("nil pointer dereference"))).not.toEqual([]);
  });

  it("reports the health of its parts by name", async () => {
    const present = await relayer.get();
    await present.ready(options);
    const report = await present.healthReport(options);
    expect([...report.values()].filter((text) => text !== "")).toEqual([]);
    const names = [...report.keys()];
    for (const part of parts) expect(names.filter((name) => name.endsWith(`.${part}`))).toHaveLength(1);
  });

  it("makes config providers and median providers beside each other, and closes them", async () => {
    const present = await relayer.get();
    const configProvider = await present.newConfigProvider(relayArgsOf(chain), options);
    const providers: MedianProvider[] = [];
    for (let made = 0; made < 3; made++) {
      providers.push(await present.newMedianProvider(relayArgsOf(chain), pluginArgsOf(chain), options));
    }
    const prefixes = await Promise.all(
      [configProvider, ...providers].map((made) => made.offchainConfigDigester.configDigestPrefix(options)),
    );
    expect(new Set(prefixes).size).toBe(1);
    for (const provider of [configProvider, ...providers]) {
      await provider.ready(options);
      await provider.close(options);
    }
  });

  it("answers with errors what only the chain knows, and keeps working", async () => {
    const provider = await (await relayer.get()).newMedianProvider(relayArgsOf(chain), pluginArgsOf(chain), options);
    const answers = await Promise.allSettled([
      provider.contractConfigTracker.latestConfigDetails(options),
      provider.contractConfigTracker.latestBlockHeight(options),
      provider.contractTransmitter.latestConfigDigestAndEpoch(options),
      provider.medianContract.latestTransmissionDetails(options),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: "rejected", reason: expect.any(ConnectError) });
    }
    await provider.close(options);
    expect(runtime.plugin("relayer").status).toMatchObject({ state: "ready", restarts: 0 });
  });

  it("makes a second relayer in the same instance, and the first goes on", async () => {
    const first = await relayer.get();
    await using second = newRelayer("relayer", toml());
    expect((await (await second.get()).chainStatus(options)).id).toBe(chainId);
    await (await second.get()).close(options);
    expect((await first.chainStatus(options)).id).toBe(chainId);
  });

  it("is back after SIGKILL with all that was made of it", async () => {
    const plugin = runtime.plugin("relayer");
    await relayer.get();
    const { pid = 0, generation } = plugin.status;
    process.kill(pid, "SIGKILL");
    await until(
      "the plugin has been started again",
      () => plugin.state === "ready" && plugin.status.generation > generation,
    );
    expect((await (await relayer.get()).chainStatus(options)).id).toBe(chainId);
  });

  it("runs under our node: a feed's provider, health, metrics, SIGKILL, and an end that leaves nothing", async () => {
    const jobs = loadJobs(readJobFiles([join(folder, "feed.toml")]), { chains: config.chains });
    const node = await startNode({ config, jobs, onLog: () => {} });
    const pids: number[] = [];
    try {
      const plugin = node.runtime.plugin(`${kind}.${chainId}`);
      const connection = connectionOf(node.feeds[0]?.product.provider ?? {});
      if (connection === undefined) throw new Error("there is no feed");
      const provider = createMedianProviderClient(connection);
      pids.push(plugin.status.pid ?? 0);
      const account = await provider.contractTransmitter.fromAccount(options);
      expect(await provider.reportCodec.maxReportLength(4, options)).toBeGreaterThan(0);

      const get = async (path: string) => {
        const response = await fetch(`http://127.0.0.1:${node.http.port}${path}`);
        return { status: response.status, text: await response.text() };
      };
      const metrics = `/plugins/${kind}.${chainId}/metrics`;
      expect(await get(metrics)).toMatchObject({ status: 200, text: expect.stringMatching(/^go_goroutines \d+$/m) });
      expect((await get("/discovery")).text).toContain(`"${metrics}"`);
      const health = (await get("/health")).text;
      for (const part of parts) {
        expect(health).toContain(`"${kind}.${chainId}.RelayerService.PluginRelayerClient.${part}"`);
      }
      expect(health).toContain(`"median.widget.MedianProvider.Plugin${table}.Relayer.MedianProvider.ConfigProvider"`);

      process.kill(plugin.status.pid ?? 0, "SIGKILL");
      await until("the plugin has been started again", () => plugin.status.restarts === 1 && plugin.state === "ready");
      pids.push(plugin.status.pid ?? 0);
      expect(await provider.contractTransmitter.fromAccount(options)).toBe(account);
      expect(await get(metrics)).toMatchObject({ status: 200, text: expect.stringMatching(/^go_goroutines \d+$/m) });
    } finally {
      await node.close();
    }
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
}

function never(): never {
  throw new Error("there is no chain");
}

function nodeToml({ table, chainId }: Chain): string {
  return `[plugins.${table.toLowerCase()}]
configShape = "wrapped"
restart = { initialDelay = "10ms", jitter = 0 }

[[${table}]]
ChainID = "${chainId}"

[[${table}.Nodes]]
Name = "none"
URL = "${nodeUrl}"
`;
}

function jobToml({ table, contractId, transmitterId, relayConfig }: Chain): string {
  return `type = "offchainreporting2"
schemaVersion = 1
name = "widget"
relay = "${table.toLowerCase()}"
contractID = "${contractId}"
transmitterID = "${transmitterId}"
pluginType = "median"
observationSource = """one [type=multiply input="1" times=1];"""

[relayConfig]
${Object.entries(relayConfig)
  .map(([key, value]) => `${key} = "${value}"`)
  .join("\n")}

[pluginConfig]
juelsPerFeeCoinSource = """one [type=multiply input="1" times=1];"""
gasPriceSubunitsSource = """one [type=multiply input="1" times=1];"""
`;
}
