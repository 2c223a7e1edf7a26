/** A small world for the node's tests: price sources over HTTP, a simulated chain in a file, a job. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginLogLine } from "../../src/index.ts";
import { parseFlags } from "../../src/node/config/flags.ts";
import { jobsOf } from "../../src/node/config/jobs.ts";
import { loadConfig } from "../../src/node/config/load.ts";
import type { Round } from "../../src/node/feed/rounds.ts";
import { type RunningNode, startNode } from "../../src/node/node.ts";
import { openSimulatedChain } from "../../src/plugins/simulated/chain.ts";
import { openFileLedger } from "../../src/plugins/simulated/ledger.ts";
import { transportKinds } from "../../src/runtime/built-in-transports.ts";

const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly configFile: string;
  readonly jobFile: string;
  /** What the sources answer with; `undefined`: 500. */
  prices: (string | undefined)[];
  /** How long each source takes. */
  delayMs: number;
  /** How many are being asked now. */
  readonly asking: number;
  start(
    flags: readonly string[],
    onRound?: (round: Round) => void,
    env?: Record<string, string>,
    onLog?: (line: PluginLogLine) => void,
  ): Promise<RunningNode>;
  /** The chain's own record of what was transmitted. */
  transmissions(): ReturnType<ReturnType<typeof openSimulatedChain>["transmissions"]>;
}

export async function createWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "world-"));
  const state = join(folder, "chain.jsonl");
  const configFile = join(folder, "node.toml");
  const jobFile = join(folder, "feed.toml");
  let asking = 0;
  const server = createServer((request, response) => {
    asking++;
    setTimeout(() => {
      asking--;
      const price = world.prices[Number(request.url?.slice(1))];
      response.writeHead(price === undefined ? 500 : 200);
      response.end(`{"price":${price ?? "null"}}`);
    }, world.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;

  const world: World = {
    folder,
    configFile,
    jobFile,
    prices: ["1.5", "1.6", "1.7"],
    delayMs: 0,
    get asking() {
      return asking;
    },
    start(flags, onRound, env = {}, onLog = () => {}) {
      const port = flags.includes("--http-port") ? [] : ["--http-port", "0"];
      const parsed = parseFlags(["--config", configFile, ...port, ...flags]);
      const config = loadConfig({ flags: parsed, env, transports: transportKinds });
      return startNode({
        config,
        jobs: jobsOf(config),
        onLog,
        simulatedRoundMs: 250,
        ...(onRound === undefined ? {} : { onRound }),
      });
    },
    transmissions() {
      const chain = openSimulatedChain({ chainId: 1337n, ledger: openFileLedger(state) });
      const receipts = chain.transmissions();
      chain.close();
      return receipts;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  writeFileSync(configFile, nodeToml(state));
  writeFileSync(jobFile, jobToml(`http://127.0.0.1:${port}`));
  return world;
}

function nodeToml(state: string): string {
  return `[jobs]
files = ["feed.toml"]

[pipeline]
allowLocalAddresses = true

[plugins.median]
restart = { initialDelay = "10ms", jitter = 0 }

[plugins.simulated]
restart = { initialDelay = "10ms", jitter = 0 }

[[Simulated]]
ChainID = "1337"
StateFile = ${JSON.stringify(state)}
BlockTime = "50ms"

[[Simulated.Feeds]]
Address = "${contract}"
MinAnswer = "1"
MaxAnswer = "1000000000000"
Decimals = 8
Description = "WIDGET / USD"
`;
}

function jobToml(prices: string): string {
  const source = (index: number) =>
    `s${index} [type=http method=GET url="${prices}/${index}"]; p${index} [type=jsonparse path="price"]; s${index} -> p${index} -> mid;`;
  return `type = "offchainreporting2"
schemaVersion = 1
name = "widget"
relay = "simulated"
contractID = "${contract}"
transmitterID = "node"
pluginType = "median"
contractConfigTrackerPollInterval = "1s"
contractConfigConfirmations = 1
observationSource = """
  ${source(0)}
  ${source(1)}
  ${source(2)}
  mid    [type=median allowedFaults=1];
  scaled [type=multiply times=100000000];
  mid -> scaled;
"""

[relayConfig]
chainID = "1337"

[pluginConfig]
juelsPerFeeCoinSource = """one [type=multiply input="1" times=1000000000000000000];"""

[pluginConfig.juelsPerFeeCoinCache]
disable = true
`;
}
