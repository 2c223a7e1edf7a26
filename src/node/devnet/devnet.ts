/**
 * The devnet: what the node runs without a config and jobs. It has a simulated chain with one feed contract, three HTTP price sources
 * with recorded sample data, and a job as an operator would write it, in files that the node reads like any other. A plugin that does not
 * start ends it: who tries a plugin on it wants to hear of that.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { servePrices } from "./prices.ts";

export interface Devnet extends AsyncDisposable {
  readonly configFile: string;
}

const contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

/**
 * @param commands kinds of plugins that a command runs: the config sets no transport for them, as a command is always a process
 */
export async function createDevnet(commands: ReadonlySet<string> = new Set()): Promise<Devnet> {
  await using undo = new AsyncDisposableStack();
  const prices = undo.use(await servePrices());
  const folder = await mkdtemp(join(tmpdir(), "loopp-devnet-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const configFile = join(folder, "node.toml");
  await writeFile(configFile, nodeToml(join(folder, "chain.jsonl"), commands));
  await writeFile(join(folder, "widget-usd.toml"), jobToml(prices.url));
  const made = undo.move();
  return { configFile, [Symbol.asyncDispose]: () => Promise.resolve(made.disposeAsync()) };
}

function nodeToml(stateFile: string, commands: ReadonlySet<string>): string {
  const section = (kind: string, transport: string) =>
    `[plugins.${kind}]\n${commands.has(kind) ? "" : `transport = "${transport}"\n`}onBootFailure = "fail"\n\n`;
  return `# The devnet's node: a simulated chain, one feed, two plugins on two transports.
[jobs]
files = ["widget-usd.toml"]

${section("simulated", "in-process")}${section("median", "worker")}[pipeline]
allowLocalAddresses = true

[[Simulated]]
ChainID = "1337"
StateFile = ${JSON.stringify(stateFile)}
BlockTime = "1s"

[[Simulated.Feeds]]
Address = "${contract}"
MinAnswer = "1"
MaxAnswer = "1000000000000"
Decimals = 8
Description = "WIDGET / USD"
`;
}

function jobToml(prices: string): string {
  return `type = "offchainreporting2"
schemaVersion = 1
name = "WIDGET / USD"
relay = "simulated"
contractID = "${contract}"
transmitterID = "node"
pluginType = "median"
allowNoBootstrappers = true
p2pv2Bootstrappers = []
contractConfigTrackerPollInterval = "1s"
contractConfigConfirmations = 1
observationSource = """
  // three sources, one may fail
  a       [type=http method=GET url="${prices}/a/widget"];
  a_price [type=jsonparse path="data,price"];
  b       [type=http method=GET url="${prices}/b/ticker"];
  b_price [type=jsonparse path="last"];
  c       [type=http method=GET url="${prices}/c/quotes"];
  c_price [type=jsonparse path="quotes,0,bid"];
  mid     [type=median allowedFaults=1];
  scaled  [type=multiply times=100000000];
  a -> a_price -> mid;
  b -> b_price -> mid;
  c -> c_price -> mid -> scaled;
"""

[relayConfig]
chainID = "1337"

[pluginConfig]
juelsPerFeeCoinSource = """
  link  [type=http method=GET url="${prices}/link"];
  price [type=jsonparse path="price"];
  inv   [type=divide input="1" divisor="$(price)" precision=18];
  juels [type=multiply input="$(inv)" times=1000000000000000000];
  link -> price -> inv -> juels;
"""
`;
}
