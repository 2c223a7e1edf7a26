/** `CL_MEDIAN_CMD=chainlink-feeds`: Chainlink's median plugin in the place of ours, under the whole node. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Round } from "../../../src/node/feed/rounds.ts";
import type { RunningNode } from "../../../src/node/node.ts";
import { until } from "../../../src/testing/until.ts";
import { createWorld, type World } from "../../node/support.ts";
import { run } from "../../programs.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";

/** What the world's sources say one after the other, and the median of it: no two of three sources would give the same. */
const course = [
  { prices: ["1.5", "1.61", "1.7"], answer: "1.61000000" },
  { prices: ["2.5", undefined, "2.7"], answer: "2.60000000" },
  { prices: ["0.00000001", "3", "2"], answer: "2.00000000" },
  { prices: ["9999", "9999.6", "10000"], answer: "9999.60000000" },
];

/** A node in the world, and its rounds as they come. */
async function start(world: World, env: Record<string, string>, flags: readonly string[] = []) {
  const rounds: Round[] = [];
  const node = await world.start(flags, (round) => rounds.push(round), env);
  return { node, rounds, [Symbol.asyncDispose]: () => node.close() };
}

const transmitted = (rounds: readonly Round[]) => rounds.filter(({ outcome }) => outcome === "transmitted");

/** Waits for so many rounds more that reach the chain. */
async function untilMore(rounds: readonly Round[], count: number): Promise<void> {
  const before = transmitted(rounds).length;
  await until(`${count} more rounds have reached the chain`, () => transmitted(rounds).length >= before + count);
}

/** Leads the feed along the course, and says what came of it on the way: each answer, and the sources that it was made of. */
async function follow(world: World, rounds: readonly Round[]) {
  const seen: Pick<Round, "answer" | "answered">[] = [];
  for (const { prices, answer } of course) {
    world.prices = prices;
    const find = () => transmitted(rounds).find((round) => round.answer === answer);
    const { answered } = await until(`the feed answers ${answer}`, find);
    seen.push({ answer, answered });
  }
  return seen;
}

/** No time of a config twice, none out of order, and nothing refused but what came twice after a kill. */
function checkChain(world: World, kills: number): void {
  const receipts = world.transmissions();
  const accepted = receipts.filter(({ refused }) => refused === undefined);
  const byConfig = Map.groupBy(accepted, ({ configDigest }) => Buffer.from(configDigest).toString("hex"));
  for (const transmissions of byConfig.values()) {
    const times = transmissions.map(({ epoch, round }) => epoch * 256 + round);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  }
  const refusals = receipts.flatMap(({ refused }) => refused ?? []);
  expect(refusals.filter((word) => word !== "stale report")).toEqual([]);
  expect(refusals.length).toBeLessThanOrEqual(kills);
}

const medianOf = ({ runtime }: RunningNode) => runtime.plugin("median.widget");

describePeer("chainlink-feeds", "median under our node", (name) => {
  it("shows the same feed as the built-in median: the same answers of the same sources", async () => {
    const seen = [];
    for (const env of [{ CL_MEDIAN_CMD: await peer(name) }, {}] as Record<string, string>[]) {
      await using world = await createWorld();
      await using run = await start(world, env);
      expect(medianOf(run.node).status.transport).toBe("CL_MEDIAN_CMD" in env ? "process" : "in-process");
      seen.push(await follow(world, run.rounds));
      checkChain(world, 0);
    }
    const [theirs, ours] = seen;
    expect(theirs).toEqual(ours);
    expect(ours?.map(({ answered }) => answered.length)).toEqual([3, 2, 3, 3]);
  });

  it("gives way to the built-in median on the same chain when the variable is unset, and takes over again", async () => {
    await using world = await createWorld();
    const command = { CL_MEDIAN_CMD: await peer(name) };
    for (const env of [command, {}, command] as Record<string, string>[]) {
      await using run = await start(world, env);
      expect(medianOf(run.node).status.pid !== undefined).toBe("CL_MEDIAN_CMD" in env);
      await untilMore(run.rounds, 2);
    }
    checkChain(world, 0);
  });

  it("is killed in the middle of rounds: the rounds go on, and no report is transmitted twice", async () => {
    await using world = await createWorld();
    world.delayMs = 60;
    await using run = await start(world, { CL_MEDIAN_CMD: await peer(name) });
    const plugin = medianOf(run.node);
    let kills = 0;
    run.node.feeds[0]?.engine.subscribe((event) => {
      const isUp = plugin.state === "ready" && plugin.status.restarts === kills;
      if (event.type !== "round-started" || transmitted(run.rounds).length === 0 || !isUp || kills === 3) return;
      kills++;
      // The sources take 60 ms, so the round is under way.
      setTimeout(() => process.kill(plugin.status.pid ?? 0, "SIGKILL"), 20);
    });
    await until(
      "the plugin was killed and started again three times",
      () => kills === 3 && plugin.status.restarts === 3,
    );
    world.prices = ["2.5", "2.6", "2.7"];
    await until("the feed answers 2.6", () => transmitted(run.rounds).some(({ answer }) => answer === "2.60000000"));
    await untilMore(run.rounds, 2);
    checkChain(world, kills);
  });

  it("keeps its feed through a relayer that is killed", async () => {
    await using world = await createWorld();
    await using run = await start(world, { CL_MEDIAN_CMD: await peer(name) }, ["--transport", "simulated=process"]);
    const relayer = run.node.runtime.plugin("simulated.1337");
    await untilMore(run.rounds, 2);
    process.kill(relayer.status.pid ?? 0, "SIGKILL");
    await until("the relayer has been started again", () => relayer.status.restarts === 1 && relayer.state === "ready");
    await untilMore(run.rounds, 2);
    checkChain(world, 1);
    expect(medianOf(run.node).status.restarts).toBe(0);
  });

  it("has its own metrics scraped through the node, before and after a restart", async () => {
    await using world = await createWorld();
    await using run = await start(world, { CL_MEDIAN_CMD: await peer(name) });
    const { node, rounds } = run;
    const plugin = medianOf(node);
    const metrics = async () => {
      const response = await fetch(`http://127.0.0.1:${node.http.port}/plugins/median.widget/metrics`);
      return { status: response.status, text: await response.text() };
    };
    for (const restarts of [0, 1]) {
      if (restarts === 1) process.kill(plugin.status.pid ?? 0, "SIGKILL");
      await until(
        "the plugin has been started again",
        () => plugin.state === "ready" && plugin.status.restarts === restarts,
      );
      await untilMore(rounds, 2);
      const { status, text } = await metrics();
      expect(status).toBe(200);
      expect(text).toMatch(/^go_goroutines \d+$/m);
      expect(text).toMatch(
        /^grpc_server_handled_total\{.*grpc_method="Observation".*grpc_service="loop\.ReportingPlugin"/m,
      );
      expect(text).toMatch(
        /^grpc_client_handled_total\{.*grpc_method="BuildReport".*grpc_service="loop\.ReportCodec"/m,
      );
    }
  });

  it("is well in the node's health report, though its factory says that it was never started", async () => {
    await using world = await createWorld();
    await using run = await start(world, { CL_MEDIAN_CMD: await peer(name) });
    await untilMore(run.rounds, 1);
    const response = await fetch(`http://127.0.0.1:${run.node.http.port}/health`);
    const { data } = (await response.json()) as { data: { id: string; attributes: { output: string } }[] };
    expect(response.status).toBe(200);
    expect(data.filter(({ attributes }) => attributes.output !== "")).toEqual([]);
    expect(data.map(({ id }) => id)).toContain("median.widget.MedianService.PluginMedianClient");
  });

  it("leaves nothing when the node ends: no process, no socket", async () => {
    await using world = await createWorld();
    const { node, rounds } = await start(world, { CL_MEDIAN_CMD: await peer(name) });
    const pid = medianOf(node).status.pid ?? 0;
    let sockets: string | undefined;
    try {
      await untilMore(rounds, 1);
      sockets = socketDirectoryOf(pid);
      if (sockets !== undefined) expect(existsSync(sockets)).toBe(true);
    } finally {
      await node.close();
    }
    expect(() => process.kill(pid, 0)).toThrow();
    if (sockets !== undefined) expect(existsSync(sockets)).toBe(false);
  });

  it("runs the devnet of `loopp node`, and Ctrl-C shuts it down gracefully", async () => {
    const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
    const { code, stdout } = await run(process.execPath, [main, "node", "--http-port", "0"], {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      env: { CL_MEDIAN_CMD: await peer(name) },
      until: /(.+ {2}transmitted\n[\s\S]*){2}/,
    });
    expect(code).toBe(0);
    const pid = /^plugin median\.widget-usd: process \(pid (\d+)\)$/m.exec(stdout)?.[1];
    expect(stdout).toMatch(
      /^WIDGET \/ USD {2}round 1\/\d+ {2}answer 12\.\d\d000000 {2}3 of 3 sources \(a, b, c\) {2}\d+ ms {2}transmitted$/m,
    );
    expect(() => process.kill(Number(pid), 0)).toThrow();
  });
});

/** Where a plugin's sockets are, on systems that let one look into its environment. */
function socketDirectoryOf(pid: number): string | undefined {
  const file = `/proc/${pid}/environ`;
  if (!existsSync(file)) return undefined;
  const entries = readFileSync(file, "utf8").split("\0");
  return entries.find((entry) => entry.startsWith("PLUGIN_UNIX_SOCKET_DIR="))?.slice("PLUGIN_UNIX_SOCKET_DIR=".length);
}
