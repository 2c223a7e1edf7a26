/** What becomes of a node whose plugins do not all start. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { writeCommand, writeScript } from "../commands.ts";
import { createWorld } from "../support.ts";

const median = new URL("../../../src/plugins/median/plugin.ts", import.meta.url);

const solana = `[[Solana]]
ChainID = "devnet"
[[Solana.Nodes]]
Name = "a"
URL = "http://127.0.0.1:1"
[plugins.solana]
restart = { initialDelay = "1ms", maxDelay = "1ms" }
`;

interface Health {
  readonly data: readonly {
    readonly id: string;
    readonly attributes: { readonly status: string; readonly output: string };
  }[];
}

async function look(port: number, route: string): Promise<{ status: number; failing: Record<string, string> }> {
  const answer = await fetch(`http://127.0.0.1:${port}${route}`);
  const { data } = (await answer.json()) as Health;
  const failing = data.filter(({ attributes }) => attributes.status === "failing");
  return {
    status: answer.status,
    failing: Object.fromEntries(failing.map(({ id, attributes }) => [id, attributes.output])),
  };
}

describe("a node with a plugin that does not start", () => {
  it("runs its other feeds, says so, and never gives the plugin up", async () => {
    await using world = await createWorld();
    appendFileSync(world.configFile, solana);
    const broken = writeScript(world.folder, "solana", "exit 3");
    await using node = await world.start([], undefined, { CL_SOLANA_CMD: broken.path });
    await until("the chain has an answer", () => world.transmissions().length > 0);
    const plugin = node.runtime.plugin("solana.devnet");
    // More often than the runtime's own policy would.
    await until("it has been started ten times", () => broken.environments().length >= 10);
    expect(plugin.state).toMatch(/^(backing-off|starting)$/);
    for (const route of ["/health", "/readyz"]) {
      const { status, failing } = await look(node.http.port, route);
      expect(status).toBe(503);
      expect(failing["plugins.solana.devnet"]).toMatch(
        /^the plugin is in state "(backing-off|starting)"; its last launch failed as "launch-failed"$/,
      );
      expect(Object.keys(failing).filter((name) => name.startsWith("plugins."))).toEqual(["plugins.solana.devnet"]);
    }
  });

  it("does not hold the other feeds up until it is known whether the plugin starts", async () => {
    await using world = await createWorld();
    appendFileSync(world.configFile, solana);
    const end = join(world.folder, "end");
    const slow = writeScript(world.folder, "solana", `while [ ! -e '${end}' ]; do sleep 0.05; done; exit 1`);
    const starting = world.start([], undefined, { CL_SOLANA_CMD: slow.path });
    try {
      await until("the chain has an answer", () => world.transmissions().length > 0);
    } finally {
      writeFileSync(end, "");
    }
    await using node = await starting;
    expect(node.feeds).toHaveLength(1);
  });

  it("starts a feed of that plugin when it is there, and not before", async () => {
    await using world = await createWorld();
    const served = writeCommand(world.folder, "served", median);
    const installed = join(world.folder, "installed");
    const late = writeScript(world.folder, "median", `[ -e '${installed}' ] || exit 1\nexec '${served.path}'`);
    const said: string[] = [];
    const rounds: string[] = [];
    await using node = await world.start(
      [],
      ({ outcome }) => rounds.push(outcome),
      { CL_MEDIAN_CMD: late.path },
      ({ plugin, message }) => plugin === "node" && said.push(message),
    );
    await until("it has been started three times", () => late.environments().length >= 3);
    expect(said).toEqual(["The feed waits for what has not started yet: median.widget"]);
    expect(rounds).toEqual([]);
    writeFileSync(installed, "");
    await until("the chain has an answer", () => world.transmissions().length > 0);
    await until("the plugin is known to be well", async () => (await look(node.http.port, "/health")).status === 200);
  });

  it('ends where the plugin has onBootFailure = "fail"', async () => {
    await using world = await createWorld();
    appendFileSync(world.configFile, `${solana}[plugins."solana.devnet"]\nonBootFailure = "fail"\n`);
    const broken = writeScript(world.folder, "solana", "exit 3");
    await expect(world.start([], undefined, { CL_SOLANA_CMD: broken.path })).rejects.toThrow(
      'plugin "solana.devnet" did not start: The plugin ended before it was ready: crashed (exit code 3)',
    );
    expect(broken.environments()).toHaveLength(1);
  });

  it("goes on without a plugin that it must not start again", async () => {
    await using world = await createWorld();
    appendFileSync(world.configFile, `${solana}[plugins."solana.devnet"]\nrestart = false\n`);
    const broken = writeScript(world.folder, "solana", "exit 3");
    await using node = await world.start([], undefined, { CL_SOLANA_CMD: broken.path });
    await until("the chain has an answer", () => world.transmissions().length > 0);
    expect(node.runtime.plugin("solana.devnet").state).toBe("failed");
    expect(broken.environments()).toHaveLength(1);
  });
});
