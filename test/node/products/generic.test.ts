/** Jobs of `pluginType = "plugin"`: a generic product on a whole node. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findFamily } from "../../../src/chains/index.ts";
import type { PluginLogLine } from "../../../src/index.ts";
import type { Round } from "../../../src/node/feed/rounds.ts";
import { until } from "../../../src/testing/until.ts";
import { valuesBy } from "../../observability/support.ts";
import { writeCommand } from "../commands.ts";
import { createWorld, type World } from "../support.ts";

const module = new URL("../fixtures/draw.plugin.ts", import.meta.url);

/** A world whose only job is one of the product. */
async function createProductWorld(more = ""): Promise<World> {
  const world = await createWorld();
  const prices = /url="(http[^"]*)\/0"/.exec(readFileSync(world.jobFile, "utf8"))?.[1];
  writeFileSync(
    world.jobFile,
    `type = "offchainreporting2"
schemaVersion = 1
name = "Evening draw"
relay = "simulated"
contractID = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
transmitterID = "node"
pluginType = "plugin"
contractConfigTrackerPollInterval = "1s"
contractConfigConfirmations = 1

[relayConfig]
chainID = "1337"

[pluginConfig]
pluginName = "draw"
telemetryType = "draw"
providerType = "median"
factor = 10
${more}

[[pluginConfig.pipelines]]
name = "price"
spec = """
  price  [type=http method=GET url="${prices}/0"];
  number [type=jsonparse path="price"];
  scaled [type=multiply times="$(factor)"];
  price -> number -> scaled;
"""
`,
  );
  return world;
}

const nameOf = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

describe("a generic product", () => {
  it.each(["in-process", "worker"])(
    "runs rounds from its module on %s, with pipelines, telemetry and a memory",
    async (transport) => {
      await using world = await createProductWorld();
      world.prices = ["7"];
      appendFileSync(
        world.configFile,
        `[plugins.draw]\nmodule = ${nameOf("../fixtures/draw.plugin.ts")}\ntransport = "${transport}"\n`,
      );
      const rounds: Round[] = [];
      const lines: PluginLogLine[] = [];
      await using node = await world.start(
        ["--log-level", "debug"],
        (round) => rounds.push(round),
        {},
        (line) => lines.push(line),
      );
      const plugin = node.runtime.plugin("draw.evening-draw");
      await until("a round was transmitted", () => rounds.some(({ outcome }) => outcome === "transmitted"));
      expect(world.transmissions()[0]?.answer).toBe(70n);
      expect(plugin.status.transport).toBe(transport);
      expect(rounds.find(({ outcome }) => outcome === "transmitted")).toMatchObject({ job: "Evening draw", asked: [] });
      expect(lines.find(({ message }) => message.startsWith("A product's telemetry was dropped"))).toMatchObject({
        level: "debug",
        fields: { job: "Evening draw", telemetryType: "draw", messages: 1 },
      });
      const metrics = await (await fetch(`http://127.0.0.1:${node.http.port}/metrics`)).text();
      const having = { feed: "draw.evening-draw", pipeline: "product", outcome: "ok" };
      const tasks = valuesBy(metrics, "loopp_feed_tasks_total", "type", having);
      expect(Object.keys(tasks).toSorted()).toEqual(["http", "jsonparse", "multiply"]);
      // A generic product has no heartbeat.
      expect(metrics).not.toContain("loopp_feed_freshness_limit_seconds{");
      const health = await fetch(`http://127.0.0.1:${node.http.port}/health`);
      expect(health.status).toBe(200);
      const { data } = (await health.json()) as { data: { id: string }[] };
      expect(data.map(({ id }) => id)).toEqual(
        expect.arrayContaining([
          "draw.evening-draw.GenericService",
          "draw.evening-draw.GenericService.ReportingPluginServiceClient",
          "draw.evening-draw.MedianProvider",
        ]),
      );
    },
  );

  it("runs as the command that its variable names, is told its job's variables, and remembers after a crash", async () => {
    await using world = await createProductWorld('envVars = { DRAW_SECRET = "job", DRAW_WORD = "job" }');
    world.prices = ["7"];
    const command = writeCommand(world.folder, "draw", module);
    writeFileSync(join(world.folder, "draw.env"), "DRAW_SECRET=file\nDRAW_FILE=file\n");
    appendFileSync(
      world.configFile,
      '[plugins.draw]\nenv = { DRAW_WORD = "config" }\nrestart = { initialDelay = "10ms" }\n',
    );
    const draws: number[] = [];
    const env = { CL_DRAW_CMD: command.path, CL_DRAW_ENV: join(world.folder, "draw.env") };
    await using node = await world.start([], undefined, env, ({ message, fields }) => {
      if (message === "a draw") draws.push(Number(fields.rounds));
    });
    const plugin = node.runtime.plugin("draw.evening-draw");
    await until("there were two draws", () => draws.length > 1);
    process.kill(plugin.status.pid ?? 0, "SIGKILL");
    await until("the plugin has been started again", () => plugin.status.generation === 2);
    const before = draws.length;
    world.prices = ["9"];
    await until("the chain has the new number", () => world.transmissions().some(({ answer }) => answer === 90n));
    await until("there was another draw", () => draws.length > before);
    // It went on counting where it was.
    expect(draws).toEqual(draws.toSorted((a, b) => a - b));
    expect(new Set(draws).size).toBe(draws.length);
    expect(command.environments()[0]).toMatchObject({
      DRAW_FILE: "file",
      DRAW_SECRET: "job",
      DRAW_WORD: "config",
      CL_TELEMETRY_ENABLED: "false",
    });
  });

  it("runs the job's own command before all others", async () => {
    const folder = await createWorld();
    await using _ = folder;
    const command = writeCommand(folder.folder, "own-draw", module);
    await using world = await createProductWorld(`command = ${JSON.stringify(command.path)}`);
    world.prices = ["7"];
    await using _node = await world.start([], undefined, { CL_DRAW_CMD: "/bin/false" });
    await until("the chain has the number", () => world.transmissions().some(({ answer }) => answer === 70n));
    expect(command.environments()).toHaveLength(1);
  });

  it("is refused when nothing runs it, or two settings contradict each other", async () => {
    await using world = await createProductWorld();
    await expect(world.start([])).rejects.toThrow(
      'draw.evening-draw: There is no plugin for the product "draw": name its module in [plugins.draw], or set CL_DRAW_CMD',
    );
    await using other = await createProductWorld('command = "draw"');
    await expect(other.start(["--transport", "draw=worker"])).rejects.toThrow(
      'pluginConfig.command: The job names a command for draw.evening-draw, but its transport is set to "worker", and a command runs as a process: remove one of the two',
    );
    appendFileSync(other.configFile, `[plugins.draw]\nmodule = ${nameOf("../fixtures/draw.plugin.ts")}\n`);
    await expect(other.start([])).rejects.toThrow("the config names a module");
  });

  it("has a provider without what is the median's alone where its job asks for none", async () => {
    await using world = await createProductWorld();
    writeFileSync(world.jobFile, readFileSync(world.jobFile, "utf8").replace('providerType = "median"\n', ""));
    appendFileSync(world.configFile, `[plugins.draw]\nmodule = ${nameOf("../fixtures/draw.plugin.ts")}\n`);
    const lines: string[] = [];
    await using node = await world.start([], undefined, {}, () => {});
    node.feeds[0]?.engine.subscribe((event) => {
      if (event.type === "failed") lines.push(event.error.message);
    });
    await until("a round has failed", () => lines.length > 0);
    expect(node.feeds[0]?.product.provider.name()).toBe("draw.evening-draw.PluginProvider");
    expect(await node.feeds[0]?.product.provider.contractTransmitter.fromAccount({ timeoutMs: 10_000 })).toBe(
      node.keys.of(findFamily("simulated")!).account,
    );
    expect(lines[0]).toContain("loop.ReportCodec");
  });
});
