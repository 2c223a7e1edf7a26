/**
 * A bootstrap node and four oracles of Chainlink's on a chain of their own, with one feed. The program runs in a network of its own
 * (see isolation.ts), goes through all that the tests look at, and writes what it has seen as one line of JSON.
 */

import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { until } from "../../../src/testing/until.ts";
import { readSamples } from "../../observability/support.ts";
import { type Feed, startChain, type Transmission } from "./chain.ts";
import { type ChainlinkNode, createNode, type LogLine } from "./chainlink.ts";
import { startDatabase } from "./database.ts";

/** Where everything is. */
export interface ClusterSettings {
  /** For all that is written. Its path must be short: sockets are below it. */
  readonly folder: string;
  readonly chainlink: string;
  readonly feedtool: string;
  readonly anvil: string;
  /** The folder of PostgreSQL's programs. */
  readonly postgres: string;
  /** Starts our median plugin without arguments. */
  readonly ours: string;
  /** Chainlink's own, of the node's time. */
  readonly theirs: string;
}

/** What the oracles came to while each had a certain plugin. */
export interface Phase {
  readonly rounds: readonly { readonly price: number; readonly transmission: Transmission }[];
  /** Of each node with ours or none, the checks that fail. */
  readonly failing: readonly (readonly string[])[];
  readonly plugins: readonly PluginSeen[];
  readonly ends: readonly End[];
}

/** What a node showed of its plugin. */
export interface PluginSeen {
  readonly discovered: string;
  /** From the node's order to start it until it used it. */
  readonly launchMs: number;
  /** The mean time of each call of a reporting plugin, in the plugin and with its calls to the node. */
  readonly callMs: Readonly<Record<string, number>>;
  readonly residentBytes: number;
  /** How messages of its log came to the node: by logger and level. */
  readonly logged: readonly string[];
}

/** How the plugin of one node ended when the node was asked to end. */
export interface End {
  /** Ended by the node by force. */
  readonly isKilled: boolean;
  /** What the node logged of it at error level since it was asked to end. */
  readonly complaints: readonly string[];
  /** What is left where the plugin had its sockets. */
  readonly left: readonly string[];
}

export interface ClusterRun {
  readonly ours: Omit<Phase, "ends">;
  readonly killed: {
    /** The oracle whose plugin was killed. */
    readonly oracle: number;
    /** Whose observations the reports had until there was a new config, and those after it, to the first with all. */
    readonly before: readonly (readonly number[])[];
    readonly after: readonly (readonly number[])[];
  };
  readonly oursEnds: readonly End[];
  readonly mixed: Phase;
}

const settings: ClusterSettings = JSON.parse(process.argv[2] ?? "{}");
const oracleNumbers = [0, 1, 2, 3];
/** Nodes and plugins of a busy machine take their time. */
const patience = { withinMs: 180_000, everyMs: 200 };

/**
 * A node that ends cancels its own calls and stops its own servers, and complains of both, whatever the plugin is.
 */
const ofItsOwn = /^(Client refresh|Failed to serve \w+ on connection)/;

let price = 10;
const prices = createServer((_, response) => response.end(JSON.stringify({ price }))).listen(9999, "127.0.0.1");
const database = await startDatabase(settings.postgres, settings.folder);
const chain = await startChain(settings.anvil);
const feed = await chain.deployFeed(settings.feedtool);

const nodes = await Promise.all(
  ["bootstrap", ...oracleNumbers.map((number) => `oracle${number}`)].map(async (name, index) =>
    createNode({
      name,
      folder: join(settings.folder, `n${index}`),
      program: settings.chainlink,
      databaseUrl: await database.create(name),
      port: 6680 + 10 * index,
    }),
  ),
);
const [bootstrap, ...oracles] = nodes;
if (bootstrap === undefined) throw new Error("There is no bootstrap node");

await Promise.all([bootstrap.start(undefined), ...oracles.map((node) => node.start(settings.ours))]);
say("all nodes answer");
const keys = await Promise.all(oracles.map((node) => node.keys()));
await Promise.all(keys.map(({ Account }) => chain.fund(Account)));
await bootstrap.addJob(bootstrapJob(feed));
const meeting = await bootstrap.address();
await Promise.all(oracles.map((node, index) => node.addJob(feedJob(feed, meeting, keys[index]))));
await feed.setConfig(keys);
say("the contract has its config");

const ours = await watch([11, 12], []);
say("four of ours have made rounds");
const killed = await killOne();
say("one of four was killed");
const oursEnds = await end();
say("all have ended");

await Promise.all([
  bootstrap.start(undefined),
  ...oracles.map((node, index) => node.start([settings.ours, settings.ours, settings.theirs, undefined][index])),
]);
const mixed = await watch([31, 32], oracles.slice(2, 3));
say("ours and theirs have made rounds");
const run: ClusterRun = { ours, killed, oursEnds, mixed: { ...mixed, ends: await end() } };
process.stdout.write(`${JSON.stringify(run)}\n`);
prices.close();
process.exit(0);

function say(what: string): void {
  process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${what}\n`);
}

/** Lets the oracles report a price, and waits until the contract has it. */
async function round(next: number): Promise<Transmission> {
  price = next;
  return until(
    `the contract's answer is ${next}`,
    async () => {
      const last = (await feed.transmissions()).at(-1);
      return last?.answer === next && last;
    },
    patience,
  );
}

/** @param others those that have another plugin: the factory of theirs never is ready */
async function watch(next: readonly number[], others: readonly ChainlinkNode[]): Promise<Omit<Phase, "ends">> {
  const rounds = [];
  for (const one of next) rounds.push({ price: one, transmission: await round(one) });
  const ask = () => Promise.all(nodes.filter((node) => !others.includes(node)).map(failingChecks));
  // A node that has just begun waits for a block of the chain before it is well.
  const areWell = async () => (await ask()).every((checks) => checks.length === 0);
  await until("all nodes are well", areWell, patience).catch(() => {});
  const withPlugin = oracles.filter((node) => node.plugins().length > 0);
  return { rounds, failing: await ask(), plugins: await Promise.all(withPlugin.map(look)) };
}

async function failingChecks(node: ChainlinkNode): Promise<readonly string[]> {
  interface Check {
    readonly attributes: { readonly name: string; readonly status: string };
  }
  const { data } = (await (await node.get("/health")).json()) as { data: Check[] };
  return data.filter(({ attributes }) => attributes.status !== "passing").map(({ attributes }) => attributes.name);
}

async function look(node: ChainlinkNode): Promise<PluginSeen> {
  const targets = (await (await node.get("/discovery")).json()) as { labels: { __metrics_path__: string } }[];
  const path = targets.map(({ labels }) => labels.__metrics_path__).find((one) => one.startsWith("/plugins/")) ?? "";
  const samples = readSamples(await (await node.get(path)).text());
  const of = (name: string, method?: string) =>
    samples.find(
      (sample) =>
        sample.name === name &&
        (method === undefined ||
          (sample.labels.grpc_method === method && sample.labels.grpc_service === "loop.ReportingPlugin")),
    )?.value ?? Number.NaN;
  const methods = ["Observation", "Report", "ShouldAcceptFinalizedReport", "ShouldTransmitAcceptedReport"];
  const name = "grpc_server_handling_seconds";
  const log = node.log();
  const last = (msg: string) => log.findLast((line) => line.msg === msg)?.time ?? Number.NaN;
  return {
    discovered: path,
    launchMs: last("using plugin") - last("starting plugin"),
    callMs: Object.fromEntries(
      methods.map((method) => [method, (1000 * of(`${name}_sum`, method)) / of(`${name}_count`, method)]),
    ),
    residentBytes: of("process_resident_memory_bytes"),
    logged: [
      ...new Set(
        log.filter(isOfPlugin).map(({ logger, level }) => `${level} ${logger.replace(/^.*\.(?=PluginMedian)/, "")}`),
      ),
    ],
  };
}

function isOfPlugin({ logger }: LogLine): boolean {
  return /\.PluginMedian(\.|$)/.test(logger);
}

/** Ends the plugin of one oracle as a crash would. Its node starts it again, but asks it for nothing before there is a new config. */
async function killOne(): Promise<ClusterRun["killed"]> {
  const oracle = 3;
  const node = oracles[oracle];
  const [pid = 0] = node?.plugins() ?? [];
  process.kill(pid, "SIGKILL");
  const before = [(await round(21)).observers, (await round(22)).observers];
  await until("the plugin was started again", () => node?.plugins().some((one) => one !== pid), patience);
  await feed.setConfig(keys);
  const after: (readonly number[])[] = [];
  // A report has the observations of those who are quick.
  for (let next = 23; next < 40 && after.at(-1)?.includes(oracle) !== true; next++) {
    after.push((await round(next)).observers);
  }
  return { oracle, before, after };
}

/** One after the other: it is about how each ends, not about how busy the machine is. */
async function end(): Promise<readonly End[]> {
  const ends: End[] = [];
  for (const node of oracles) {
    const begun = Date.now();
    await node.stop();
    const lines = node.log().filter(({ time }) => time >= begun);
    const errors = lines.filter(
      ({ level, logger, msg }) =>
        logger.includes(".MedianService") && /error|crit|panic/.test(level) && !ofItsOwn.test(msg),
    );
    // What a plugin that is ended by force has left, its guard takes away.
    await until("nothing is left", () => readdirSync(node.scratch).length === 0, { withinMs: 10_000 }).catch(() => {});
    ends.push({
      isKilled: lines.some(({ fields }) => JSON.stringify(fields).includes("signal: killed")),
      complaints: errors.map(({ logger, msg, fields }) => `${logger}: ${msg}: ${fields.err ?? fields.error ?? ""}`),
      left: readdirSync(node.scratch),
    });
  }
  await bootstrap?.stop();
  return ends;
}

function bootstrapJob({ address }: Feed): string {
  return `
type = "bootstrap"
schemaVersion = 1
name = "bootstrap"
contractID = "${address}"
relay = "evm"
contractConfigConfirmations = 1
contractConfigTrackerPollInterval = "15s"
[relayConfig]
chainID = 31337
fromBlock = 1
`;
}

function feedJob({ address }: Feed, meeting: string, key: (typeof keys)[number] | undefined): string {
  const source = (times: number) => `
  price [type=http method=GET url="http://127.0.0.1:9999/" allowunrestrictednetworkaccess=true];
  parse [type=jsonparse path="price"];
  times [type=multiply times=${times}];
  price -> parse -> times;
`;
  return `
type = "offchainreporting2"
schemaVersion = 1
name = "widget"
pluginType = "median"
contractID = "${address}"
relay = "evm"
transmitterID = "${key?.Account}"
ocrKeyBundleID = "${key?.bundle}"
p2pv2Bootstrappers = ["${meeting}"]
contractConfigConfirmations = 1
contractConfigTrackerPollInterval = "15s"
observationSource = """${source(100_000_000)}"""
[relayConfig]
chainID = 31337
fromBlock = 1
[pluginConfig]
juelsPerFeeCoinSource = """${source(1)}"""
`;
}
