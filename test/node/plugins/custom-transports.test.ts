/** A node whose plugin runs on a transport that a module beside its config brings. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Round } from "../../../src/node/feed/rounds.ts";
import { until } from "../../../src/testing/until.ts";
import { createWorld } from "../support.ts";

const example = fileURLToPath(new URL("../../../examples/custom-transport/tcp.transport.ts", import.meta.url));

describe("a node with a custom transport", () => {
  it("runs a feed on it, and switches to it and back", async () => {
    await using world = await createWorld();
    appendFileSync(world.configFile, `\n[transports]\ntcp = ${JSON.stringify(example)}\n`);
    const rounds: Round[] = [];
    await using node = await world.start(["--transport", "median=tcp"], (round) => rounds.push(round));
    const transmitted = () => rounds.filter(({ outcome }) => outcome === "transmitted").length;
    await until("a round was transmitted", () => transmitted() > 0);
    const answer = await fetch(`http://127.0.0.1:${node.http.port}/plugins/median.widget`);
    expect(await answer.json()).toMatchObject({ transport: "tcp", state: "ready", pid: expect.any(Number) });

    const plugin = node.runtime.plugin("median.widget");
    await plugin.switchTo("worker");
    await plugin.switchTo("tcp");
    const before = transmitted();
    world.prices = ["2.5", "2.6", "2.7"];
    await until("another round was transmitted", () => transmitted() > before);
  });

  it("reports all options that the transport refuses, each with its line", async () => {
    await using world = await createWorld();
    const tables = `[transports]\ntcp = ${JSON.stringify(example)}\n[plugins.median.tcp]\nprot = 1\nport = 70000\n`;
    appendFileSync(world.configFile, `\n${tables}`);
    const line = readFileSync(world.configFile, "utf8").split("\n").indexOf("prot = 1") + 1;
    await expect(world.start([])).rejects.toThrow(
      `${world.configFile}:${line}: plugins.median.tcp.prot: No such option; there are port\n` +
        `${world.configFile}:${line + 1}: plugins.median.tcp.port: Expected a number from 0 to 65535, got 70000`,
    );
  });

  it.each([
    ["export default {};", "transports.tcp: The module's default export is not a transport"],
    ["throw new Error('no such luck');", "transports.tcp: Cannot load the module: no such luck"],
    [
      'export default { kind: "udp", capabilities: {}, options: { "~standard": {} }, launch() {} };',
      'transports.tcp: The module\'s transport is of the kind "udp": use that name here',
    ],
  ])("does not start with a module such as %s", async (text, message) => {
    await using world = await createWorld();
    writeFileSync(join(world.folder, "custom.mjs"), text);
    appendFileSync(world.configFile, `\n[transports]\ntcp = "custom.mjs"\n`);
    await expect(world.start([])).rejects.toThrow(message);
  });
});
