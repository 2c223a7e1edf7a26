/**
 * Our median plugin under the node that it was made for: a bootstrap node and four oracles of Chainlink's, on a chain of their own with the
 * contract of its price feeds. It takes minutes, and the node a quarter of an hour to build the first time: only the full run has it.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProgram } from "../../../scripts/find-program.ts";
import { served } from "../host/support.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { fetchAnvil } from "./anvil.ts";
import type { ClusterRun, ClusterSettings, Phase } from "./cluster.ts";
import { findPostgres, installPostgres } from "./database.ts";
import { canIsolate, isolated } from "./isolation.ts";
import { run } from "./programs.ts";

const missing = findMissing();
if (missing.length > 0)
  console.log(`What runs under a node of Chainlink's is skipped: this machine has no ${missing.join(", no ")}`);

const title = "four nodes with our median plugin, of the time before September 2024";
describePeer("chainlink", title, suite, ["feeds-of-node", "feedtool"], missing.length === 0);

function findMissing(): readonly string[] {
  installPostgres();
  return [
    ...(findPostgres() === undefined ? ["PostgreSQL"] : []),
    ...(canIsolate() ? [] : ["network of one's own"]),
    ...(findProgram("gcc") === undefined ? ["C compiler"] : []),
  ];
}

function suite() {
  const folder = mkdtempSync(join(tmpdir(), "cl-"));
  let seen: ClusterRun;
  beforeAll(async () => {
    const ours = join(folder, "ours");
    writeFileSync(
      ours,
      `#!/bin/sh\nexec ${served("median")
        .map((word) => `'${word}'`)
        .join(" ")}\n`,
    );
    chmodSync(ours, 0o755);
    const settings: ClusterSettings = {
      folder,
      chainlink: await peer("chainlink"),
      feedtool: await peer("feedtool"),
      theirs: await peer("feeds-of-node"),
      anvil: await fetchAnvil(),
      postgres: findPostgres() ?? "",
      ours,
    };
    const program = fileURLToPath(new URL("./cluster.ts", import.meta.url));
    const written = await run(isolated([process.execPath, program, JSON.stringify(settings)]));
    seen = JSON.parse(written);
    console.log(JSON.stringify(seen, undefined, 1));
  }, 30 * 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Each price has come to the contract, out of what at least three of four have observed. */
  const expectRounds = ({ rounds }: Pick<Phase, "rounds">) => {
    for (const { price, transmission } of rounds) {
      expect(transmission.answer).toBe(price);
      expect(new Set(transmission.observers).size).toBeGreaterThanOrEqual(3);
    }
  };

  it("makes rounds whose reports the contract of the feed accepts", () => expectRounds(seen.ours));

  it("makes rounds beside two of Chainlink's own, one as a plugin and one in the node", () => {
    expectRounds(seen.mixed);
    const observers = new Set(seen.mixed.rounds.flatMap(({ transmission }) => transmission.observers));
    expect(observers.has(0) || observers.has(1)).toBe(true);
    expect(observers.has(2) || observers.has(3)).toBe(true);
  });

  it("passes every check of the nodes' health", () => {
    for (const { failing } of [seen.ours, seen.mixed]) for (const checks of failing) expect(checks).toEqual([]);
  });

  it("is found by the node's discovery, and scraped through it", () => {
    for (const { discovered, callMs } of seen.ours.plugins) {
      expect(discovered).toMatch(/^\/plugins\/OCR2\.[-0-9a-f]+\.Median\.0x[0-9a-fA-F]{40}\.\d+\/metrics$/);
      expect(callMs.Observation).toBeGreaterThan(0);
    }
  });

  it("is logged by the node under its names, each line at its level", () => {
    for (const { logged } of seen.ours.plugins) {
      expect(logged).toContain("debug PluginMedian");
      expect(logged).toContain("info PluginMedian.ReportingPluginFactory");
      expect(logged.filter((line) => /^(warn|error|crit)/.test(line))).toEqual([]);
    }
  });

  it("is started again after SIGKILL, without its oracle the others go on, and with the next config it takes part again", () => {
    const { oracle, before, after } = seen.killed;
    for (const observers of before) expect(observers).not.toContain(oracle);
    expect(after.at(-1)).toContain(oracle);
  });

  it("ends with its node, which has nothing else to say of it, and leaves nothing of its sockets", () => {
    for (const { left, complaints, isKilled } of [...seen.oursEnds, ...seen.mixed.ends.slice(0, 2)]) {
      expect(left).toEqual([]);
      // The node ends a plugin twice, the second time by force where it has not gone within some milliseconds, and then says so: on a busy
      // machine, this also comes to Chainlink's own.
      if (!isKilled) expect(complaints).toEqual([]);
    }
  });
}
