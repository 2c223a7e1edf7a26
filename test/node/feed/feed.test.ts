import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Round } from "../../../src/node/feed/rounds.ts";
import { createPorts } from "../../../src/node/plugins/ports.ts";
import type { PluginHandle } from "../../../src/runtime/plugin-handle.ts";
import { until } from "../../../src/testing/until.ts";
import { createWorld, type World } from "../support.ts";

const kinds = ["in-process", "worker", "process"] as const;
const combinations = kinds.flatMap((relayer) => kinds.map((median) => ({ relayer, median })));

/** Kills a plugin's instance from outside: a process by a signal, others through their handle. */
function kill(plugin: PluginHandle): void {
  const { pid } = plugin.status;
  if (pid === undefined) plugin.kill();
  else process.kill(pid, "SIGKILL");
}

/**
 * What must hold on the chain whatever was killed, or switched while it was busy: each time, one report may be sent again or be overtaken
 * by the next one, and the chain refuses it.
 */
function checkChain(world: World, disturbances: number): void {
  const receipts = world.transmissions();
  const accepted = receipts.filter(({ refused }) => refused === undefined);
  const times = accepted.map(({ epoch, round }) => epoch * 256 + round);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  const refusals = receipts.flatMap(({ refused }) => (refused === undefined ? [] : [refused]));
  expect(refusals.filter((word) => word !== "stale report")).toEqual([]);
  expect(refusals.length).toBeLessThanOrEqual(disturbances);
}

describe("a feed", () => {
  it.each(combinations)(
    "runs with the relayer $relayer and the median $median, and survives the median killed in mid-round",
    async ({ relayer, median }) => {
      await using world = await createWorld();
      world.delayMs = 60;
      const rounds: Round[] = [];
      await using node = await world.start(
        ["--transport", `simulated=${relayer}`, "--transport", `median=${median}`],
        (round) => rounds.push(round),
      );
      const plugin = node.runtime.plugin("median.widget");
      expect(plugin.status.transport).toBe(median);
      expect(node.runtime.plugin("simulated.1337").status.transport).toBe(relayer);

      let kills = 0;
      node.feeds[0]?.engine.subscribe((event) => {
        // The sources take 60 ms, so the round is under way.
        const isUp = plugin.state === "ready" && plugin.status.restarts === kills;
        const hasRun = rounds.some(({ outcome }) => outcome === "transmitted");
        if (event.type === "round-started" && hasRun && isUp && kills < 2) {
          kills++;
          setTimeout(() => kill(plugin), 20);
        }
      });
      // On a machine that is busy with something else, only few rounds keep the limits on their time.
      const isOver = () => kills === 2 && plugin.status.restarts === 2;
      await until("the plugin was killed and started again twice", isOver, { withinMs: 100_000 });
      const before = world.transmissions().length;
      world.prices = ["2.5", "2.6", "2.7"];
      await until("the chain has the new price", () =>
        world
          .transmissions()
          .slice(before)
          .some(({ answer }) => answer === 260_000_000n),
      );
      checkChain(world, kills);
      const transmitted = rounds.filter(({ outcome }) => outcome === "transmitted");
      expect(transmitted[0]).toMatchObject({ answer: "1.60000000", answered: ["s0", "s1", "s2"] });
    },
    120_000,
  );

  it.each(kinds)("survives its relayer killed on %s: the same chain goes on", async (relayer) => {
    await using world = await createWorld();
    await using node = await world.start(["--transport", `simulated=${relayer}`, "--transport", "median=worker"]);
    await until("the chain has two answers", () => world.transmissions().length >= 2);
    kill(node.runtime.plugin("simulated.1337"));
    const before = world.transmissions().length;
    await until("the chain has three more answers", () => world.transmissions().length > before + 2);
    checkChain(world, 1);
  });

  it("waits for a plugin that is stopped while the node starts, and runs when it is started again", async () => {
    await using world = await createWorld();
    const gate = join(world.folder, "gate");
    const module = fileURLToPath(new URL("../fixtures/gated.plugin.ts", import.meta.url));
    appendFileSync(world.configFile, `\n[plugins."median.widget"]\nmodule = ${JSON.stringify(module)}\n`);
    appendFileSync(world.configFile, `env = { GATE = ${JSON.stringify(gate)} }\n`);
    await using ports = createPorts();
    const port = await ports.take();
    const starting = world.start(["--transport", "median=process", "--http-port", `${port}`]);
    const url = `http://127.0.0.1:${port}/plugins/median.widget`;
    const state = async () => {
      const answer = await fetch(url).catch(() => undefined);
      return ((await answer?.json()) as { state: string } | undefined)?.state;
    };
    await until("the plugin is starting", async () => (await state()) === "starting");
    expect((await fetch(`${url}/stop`, { method: "POST" })).status).toBe(200);
    await using node = await starting;
    expect(node.runtime.plugin("median.widget").state).toBe("stopped");
    expect(node.runtime.plugin("simulated.1337").state).toBe("ready");
    writeFileSync(gate, "");
    expect((await fetch(`${url}/start`, { method: "POST" })).status).toBe(200);
    await until("the chain has an answer", () => world.transmissions().length > 0);
  });

  it("goes on through a switch of its median and its relayer", async () => {
    await using world = await createWorld();
    await using node = await world.start([]);
    await until("the chain has two answers", () => world.transmissions().length >= 2);
    const switches = ["worker", "process", "in-process"];
    for (const kind of switches) {
      await node.runtime.plugin("median.widget").switchTo(kind, { drainMs: 1000 });
      await node.runtime.plugin("simulated.1337").switchTo(kind, { drainMs: 1000 });
      const before = world.transmissions().length;
      await until("the chain has two more answers", () => world.transmissions().length > before + 1);
    }
    checkChain(world, switches.length);
  });

  it("answers from the sources that are there, and makes no report of too few", async () => {
    await using world = await createWorld();
    world.prices = ["1.5", undefined, "1.7"];
    const rounds: Round[] = [];
    await using node = await world.start([], (round) => rounds.push(round));
    await until("a round was transmitted", () => rounds.some(({ outcome }) => outcome === "transmitted"));
    expect(rounds.find(({ outcome }) => outcome === "transmitted")).toMatchObject({
      answer: "1.60000000",
      answered: ["s0", "s2"],
      asked: ["s0", "s1", "s2"],
    });
    world.prices = [undefined, undefined, "1.7"];
    await until("a round has failed", () => rounds.some(({ outcome }) => outcome === "failed"));
    expect(rounds.find(({ outcome }) => outcome === "failed")?.error).toContain("observation: ");
    expect(node.runtime.plugin("median.widget").state).toBe("ready");
  });
});

describe("the transport flag", () => {
  it.each(kinds)("is seen through GET /plugins: median %s", async (kind) => {
    await using world = await createWorld();
    await using node = await world.start(["--transport", `median=${kind}`]);
    const response = await fetch(`http://127.0.0.1:${node.http.port}/plugins`);
    const plugins = (await response.json()) as { name: string; transport: string; pid?: number; threadId?: number }[];
    const median = plugins.find(({ name }) => name === "median.widget");
    expect(median?.transport).toBe(kind);
    expect(median?.threadId !== undefined).toBe(kind === "worker");
    expect(median?.pid !== undefined).toBe(kind === "process");
    if (kind === "process") expect(median?.pid).not.toBe(process.pid);
  });
});
