import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSimulatedChain } from "../../../src/plugins/simulated/chain.ts";
import { openFileLedger } from "../../../src/plugins/simulated/ledger.ts";
import { configOf, feed, transmitCall, transmitters } from "./support.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
  path = join(folder, "deep", "chain.jsonl");
});
/** Ended after each test, even when it fails. */
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  rmSync(folder, { recursive: true, force: true });
});

const open = (chainId = 1337n) =>
  openSimulatedChain({ chainId, ledger: openFileLedger(path), now: () => 1_700_000_000_000 });

describe("a chain with a state file", () => {
  it("continues where the last instance stopped, killed or not", async () => {
    const first = open();
    first.deploy(feed);
    first.setConfig(feed.address, configOf(4, 1));
    const { configDigest } = first.aggregator(feed.address)!;
    await first.transmit({ from: transmitters[0]!, to: feed.address, calldata: await transmitCall({ configDigest }) });
    // The first chain is not closed, as when an instance is killed.
    const second = open();
    expect(second.aggregator(feed.address)).toMatchObject({ configDigest, epoch: 1, round: 1, answer: 200n });
    expect(second.head()).toEqual(first.head());
    second.ensureConfig(feed.address, configOf(4, 1));
    expect(second.aggregator(feed.address)!.configDigest).toEqual(configDigest);
    first.close();
    second.close();
  });

  it("is one chain for several nodes at once: of two equal reports only the first is accepted", async () => {
    const chains = [open(), open(), open()];
    for (const chain of chains) {
      chain.deploy(feed);
      chain.ensureConfig(feed.address, configOf(4, 1));
    }
    const { configDigest, configs } = chains[0]!.aggregator(feed.address)!;
    expect(configs).toHaveLength(1);

    for (let round = 1; round <= 10; round++) {
      const calldata = await transmitCall({ configDigest, round, observations: [100n, BigInt(100 + round), 900n] });
      const results = await Promise.allSettled(
        chains.map((chain, index) => chain.transmit({ from: transmitters[index]!, to: feed.address, calldata })),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const chain of chains)
        expect(chain.aggregator(feed.address)).toMatchObject({ round, answer: BigInt(100 + round) });
    }
    expect(chains[0]!.transmissions()).toHaveLength(30);
    expect(chains[1]!.transmissions()).toEqual(chains[0]!.transmissions());
    expect(chains[2]!.head()).toEqual(chains[0]!.head());
    for (const chain of chains) chain.close();
  });

  it("is one chain for several processes at once, even when one is killed in the middle of a write", async () => {
    const program = fileURLToPath(new URL("./fixtures/requester.ts", import.meta.url));
    const run = (count: number) => {
      const child = spawn(process.execPath, [program, path, String(count)], { stdio: ["ignore", "pipe", "inherit"] });
      children.add(child);
      return { child, begun: once(child.stdout, "data"), exit: once(child, "exit") };
    };
    const finishing = [run(100), run(100)];
    const endless = run(1e9);
    await endless.begun;
    for (const { exit } of finishing) expect(await exit).toEqual([0, null]);
    endless.child.kill("SIGKILL");
    await endless.exit;

    const first = open();
    const second = open();
    first.setConfig(feed.address, configOf(4, 1));
    expect(second.head()).toEqual(first.head());
    // Deployed once, configured once, and at least as many requests as were sent: nothing is lost or done twice.
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    const requests = lines.filter((line) => line.includes('"request-new-round"')).length;
    expect(requests).toBeGreaterThan(200);
    expect(first.aggregator(feed.address)!.configs).toHaveLength(1);
    first.close();
    second.close();
  }, 30_000);

  it("skips a line that a killed writer has left unfinished", () => {
    const first = open();
    first.deploy(feed);
    appendFileSync(path, '\n{"type":"request-new-round","id":"x","timeMs":17');
    first.setConfig(feed.address, configOf(4, 1));
    expect(first.aggregator(feed.address)).toMatchObject({ roundRequested: undefined, configs: [expect.anything()] });
    const second = open();
    expect(second.aggregator(feed.address)!.configDigest).toEqual(first.aggregator(feed.address)!.configDigest);
    first.close();
    second.close();
  });

  it("reads a line only when it is complete", () => {
    const chain = open();
    chain.deploy(feed);
    const line = JSON.stringify({ type: "request-new-round", id: "x", timeMs: 1, to: feed.address });
    appendFileSync(path, `\n${line.slice(0, 20)}`);
    expect(chain.aggregator(feed.address)!.roundRequested).toBeUndefined();
    appendFileSync(path, `${line.slice(20)}\n`);
    expect(chain.aggregator(feed.address)!.roundRequested).toBeDefined();
    chain.close();
  });

  it("ignores unknown entries", () => {
    const chain = open();
    chain.deploy(feed);
    const before = chain.head();
    for (const entry of [
      null,
      7,
      {},
      { type: "transmit", timeMs: 1 },
      { type: "mint", timeMs: 1 },
      { type: "set-config", timeMs: 1, to: feed.address },
    ]) {
      appendFileSync(path, `\n${JSON.stringify(entry)}\n`);
    }
    expect(chain.aggregator(feed.address)!.configs).toEqual([]);
    chain.setConfig(feed.address, configOf(4, 1));
    expect(chain.head().number).toBeGreaterThan(before.number);
    const second = open();
    expect(second.head()).toEqual(chain.head());
    chain.close();
    second.close();
  });

  it("refuses a file of another chain and a path that cannot be opened, with an error that names it", () => {
    open().close();
    expect(() => open(5n)).toThrow("Cannot open the simulated chain 5: its state belongs to chain 1337");
    expect(() => openFileLedger(join(path, "below-a-file"))).toThrow(
      /Cannot open the simulated chain's state file ".*below-a-file"/,
    );
    expect(readFileSync(path, "utf8").match(/genesis/g)).toHaveLength(1);
  });
});
