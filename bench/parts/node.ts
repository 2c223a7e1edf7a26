/** What a node itself takes: its answers over HTTP, and the rounds of the devnet. */
import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { parseFlags } from "../../src/node/config/flags.ts";
import { jobsOf } from "../../src/node/config/jobs.ts";
import { loadConfig } from "../../src/node/config/load.ts";
import { createDevnet } from "../../src/node/devnet/devnet.ts";
import { startNode } from "../../src/node/node.ts";
import { createHostMetrics } from "../../src/observability/host-metrics.ts";
import { createScraper } from "../../src/observability/scrape.ts";
import { transportKinds } from "../../src/runtime/built-in-transports.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import type { PluginOptions } from "../../src/runtime/options.ts";
import { createApp } from "../../src/server/app.ts";
import { serveHttp } from "../../src/server/serve.ts";
import { echoModule } from "../contenders/plugin.ts";
import echo from "../echo.plugin.ts";
import type { Column } from "../results.ts";
import { type MeasuredRow, runRows } from "../rows.ts";
import { quantile } from "../statistics.ts";
import type { Part } from "./part.ts";

const columns: readonly Column[] = [
  { name: "p50", title: "p50", unit: "ms", better: "less" },
  { name: "p99", title: "p99", unit: "ms", better: "less" },
  { name: "source", title: "of which a source took, on average", unit: "ms", better: "less" },
];
const discovered = 1000;
/** From round to round of the devnet; its own default is 2 s. */
const roundMs = 250;
const timeoutMs = 5000;

export const node: Part = {
  name: "node",
  async run({ only, windowMs, ...options }) {
    await using undo = new AsyncDisposableStack();
    const start = <T extends AsyncDisposable>(create: () => Promise<T>) => {
      let started: Promise<T> | undefined;
      // Only what a row asks for.
      return () => {
        started ??= create().then((made) => undo.use(made));
        return started;
      };
    };
    const many = start(() =>
      serveNode(
        Object.fromEntries(Array.from({ length: discovered }, (_, index) => [`echo-${index}`, { module: echo }])),
      ),
    );
    const few = start(() =>
      serveNode({
        worker: { module: echoModule, transport: "worker" },
        process: { module: echoModule, transport: "process" },
      }),
    );
    const nothing = start(serveNothing);
    const timed = async (ask: (what: string) => Promise<unknown>, what: string) =>
      summary(await timesOf(() => ask(what), windowMs));
    const rows: MeasuredRow[] = [
      {
        name: "http",
        about: "an empty answer of `node:http` over the loopback, asked as the others are",
        role: "bound",
        prepare: nothing,
        measure: async () => timed((await nothing()).get, "/"),
      },
      {
        name: "discovery",
        about: `\`/discovery\` of a node with ${discovered} plugins`,
        role: "ours",
        prepare: many,
        measure: async () => timed((await many()).get, "/discovery"),
      },
      ...["worker", "process"].flatMap((name): MeasuredRow[] => [
        {
          name: `metrics-${name}`,
          about: `\`/plugins/<name>/metrics\` of a plugin on the ${name} transport`,
          role: "ours",
          prepare: few,
          measure: async () => timed((await few()).get, `/plugins/${name}/metrics`),
        },
        {
          name: `answer-${name}`,
          about: "the plugin's own answer to the same, asked by the node in the program itself",
          role: "bound",
          prepare: few,
          measure: async () => timed((await few()).scrape, name),
        },
      ]),
      ...["worker", "process"].map(
        (transport): MeasuredRow => ({
          name: `round-${transport}`,
          about: `a round of the devnet with its median plugin on the ${transport} transport; its three sources, over HTTP on this machine, are asked at the same time`,
          role: "ours",
          measure: () => roundsOf(transport, Math.max(10, windowMs / 25)),
        }),
      ),
    ];
    const wanted = rows.filter(({ name }) => only.length === 0 || only.includes(name));
    return [await runRows({ name: "node", title: "The node", columns, rows: wanted }, options)];
  },
};

async function timesOf(call: () => Promise<unknown>, windowMs: number): Promise<number[]> {
  const times: number[] = [];
  await call();
  const begin = performance.now();
  for (let before = begin; before - begin < windowMs; ) {
    await call();
    const now = performance.now();
    times.push(now - before);
    before = now;
  }
  return times;
}

function summary(times: number[]) {
  const sorted = times.sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** The routes of a node over plugins of its own. */
async function serveNode(plugins: Readonly<Record<string, PluginOptions>>) {
  await using undo = new AsyncDisposableStack();
  const metrics = createHostMetrics();
  const { observeCall: onCall, observeState: onState } = metrics;
  const runtime = undo.use(await createRuntime({ plugins, onCall, onState, onLog: () => {} }));
  const scraper = createScraper({ metrics });
  const app = createApp({ runtime, metrics, scraper, discovery: { port: () => http.port } });
  const http = await serveHttp(app, { host: "127.0.0.1", port: 0 });
  undo.defer(() => http.close());
  const client = undo.use(createClient(http.port));
  const made = undo.move();
  return {
    get: client.get,
    async scrape(name: string) {
      const outcome = await scraper.scrape(runtime.plugin(name), { timeoutMs });
      if (outcome.kind !== "ok") throw new Error(`There were no metrics: ${outcome.kind}`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(made.disposeAsync()),
  };
}

async function serveNothing() {
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createClient((server.address() as AddressInfo).port);
  return {
    get: client.get,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      server.close();
    },
  };
}

/** One connection, kept. */
function createClient(port: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    get: (path: string) =>
      new Promise<void>((resolve, reject) => {
        const request = get({ host: "127.0.0.1", port, path, agent }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`${path} answered ${response.statusCode}`));
          response.once("end", resolve).once("error", reject).resume();
        });
        request.once("error", reject);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** How long rounds of the devnet took, without its first ones. */
async function roundsOf(transport: string, count: number) {
  await using devnet = await createDevnet();
  const flags = parseFlags(["--config", devnet.configFile, "--transport", `median=${transport}`, "--http-port", "0"]);
  const config = loadConfig({ flags, env: {}, transports: transportKinds });
  const times: number[] = [];
  const done = Promise.withResolvers<void>();
  const warmUp = 3;
  let failed = 0;
  await using running = await startNode({
    config,
    jobs: jobsOf(config),
    simulatedRoundMs: roundMs,
    onLog: () => {},
    onRound({ outcome, durationMs, error }) {
      // Now and then the machine has no time for one.
      if (outcome !== "transmitted") failed++;
      else if (times.push(durationMs) >= count + warmUp) done.resolve();
      if (failed > count) done.reject(new Error(`Round after round ended as "${outcome}": ${error ?? ""}`));
    },
  });
  await done.promise;
  const answer = await fetch(`http://127.0.0.1:${running.http.port}/metrics`);
  return { ...summary(times.slice(warmUp)), source: sourceMs(await answer.text()) };
}

/** Of the node's metrics. */
function sourceMs(metrics: string): number {
  const value = (what: string) => {
    const line = new RegExp(`^loopp_feed_task_duration_seconds_${what}\\{[^}]*type="http"[^}]*\\} (\\S+)$`, "m");
    return Number(line.exec(metrics)?.[1]);
  };
  return (value("sum") / value("count")) * 1000;
}
