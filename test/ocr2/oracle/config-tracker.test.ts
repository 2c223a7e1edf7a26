import { describe, expect, it } from "vitest";
import type { ContractConfig } from "../../../src/loop/types.ts";
import { defaultLocalConfig, type LocalConfig } from "../../../src/ocr2/config/local-config.ts";
import { trackConfig } from "../../../src/ocr2/oracle/config-tracker.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";
import { bytes, contractConfigFor, createKeyring } from "../support.ts";

const digestOf = (fill: number) => Uint8Array.from([0, 1, ...bytes(30, fill)]);
const configOf = (fill: number): ContractConfig => ({
  ...contractConfigFor([createKeyring(10)]),
  configDigest: digestOf(fill),
});

/** A chain that the test moves by hand, followed once a minute. */
function setup(localConfig: Partial<LocalConfig> = {}) {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const chain = {
    height: 100n,
    changedInBlock: 0n,
    latest: digestOf(0).fill(0),
    config: configOf(1),
    /** What the digester computes; by default what the config says. */
    computed: undefined as Uint8Array | undefined,
    prefix: 1,
    answers: async () => {},
  };
  const set = (config: ContractConfig, changedInBlock: bigint) => {
    Object.assign(chain, { config, latest: config.configDigest, changedInBlock });
  };
  const seen: string[] = [];
  const switching = { wait: async () => {} };
  // In a moment: the test has its chain ready by then.
  const ended = Promise.resolve().then(() =>
    trackConfig({
      provider: {
        contractConfigTracker: {
          latestBlockHeight: async () => {
            await chain.answers();
            return chain.height;
          },
          latestConfigDetails: async () => ({ changedInBlock: chain.changedInBlock, configDigest: chain.latest }),
          latestConfig: async () => chain.config,
        },
        offchainConfigDigester: {
          configDigest: async (config) => chain.computed ?? config.configDigest,
          configDigestPrefix: async () => chain.prefix,
        },
      },
      localConfig: { ...defaultLocalConfig, ...localConfig },
      clock,
      signal: stopping.signal,
      async onConfig(config) {
        seen.push(`config ${config.configDigest[2]}`);
        await switching.wait();
      },
      async onRefused(digest, error) {
        seen.push(`refused ${digest[2]}: ${error.message}`);
      },
      onError: (error) => seen.push(`error: ${error.message}`),
      onWaiting: (reason) => seen.push(`waiting: ${reason}`),
    }),
  );
  return { clock, stopping, chain, set, seen, switching, ended };
}

describe("following the config", () => {
  it("waits for the first config, and says so once", async () => {
    const { clock, set, seen } = setup();
    await clock.advance(300_000);
    expect(seen).toEqual(["waiting: The contract has no config yet"]);
    set(configOf(1), 10n);
    await clock.advance(60_000);
    expect(seen.slice(1)).toEqual(["config 1"]);
  });

  it("hands on each config once", async () => {
    const { clock, set, seen } = setup();
    set(configOf(1), 10n);
    await clock.advance(300_000);
    expect(seen).toEqual(["config 1"]);
    set(configOf(2), 20n);
    await clock.advance(60_000);
    expect(seen).toEqual(["config 1", "config 2"]);
  });

  it("waits until a config's block and two more are there, and polls more often than usual", async () => {
    const { clock, chain, set, seen } = setup();
    set(configOf(1), 100n);
    await clock.advance(30_000);
    expect(seen).toEqual(["waiting: The config of block 100 waits for its confirmation in block 102"]);
    chain.height = 101n;
    await clock.advance(15_000);
    expect(seen).toHaveLength(1);
    chain.height = 102n;
    await clock.advance(15_000);
    expect(seen.slice(1)).toEqual(["config 1"]);
  });

  it("takes a config in its own block when one confirmation or none is asked for", async () => {
    for (const localConfig of [{ contractConfigConfirmations: 1 }, { skipContractConfigConfirmations: true }]) {
      const { clock, set, seen } = setup(localConfig);
      set(configOf(1), 100n);
      await clock.advance(0);
      expect(seen).toEqual(["config 1"]);
    }
  });

  it("refuses a config whose digest is not that of its content, and does not read it again", async () => {
    const { clock, chain, set, seen } = setup();
    set(configOf(1), 10n);
    chain.computed = digestOf(9);
    await clock.advance(300_000);
    expect(seen).toEqual([
      `refused 1: Cannot use the config: its digest is 0001${"01".repeat(30)}, but its content has the digest 0001${"09".repeat(30)}`,
    ]);
    chain.computed = undefined;
    set(configOf(2), 20n);
    await clock.advance(60_000);
    expect(seen.slice(1)).toEqual(["config 2"]);
  });

  it("refuses a digest of another kind of chain", async () => {
    const { clock, chain, set, seen } = setup();
    set(configOf(1), 10n);
    chain.prefix = 3;
    await clock.advance(0);
    expect(seen).toEqual(["refused 1: Cannot use the config: its digest begins with 1, on this chain it must be 3"]);
  });

  it("asks again when the chain fails, hangs, or changes in between", async () => {
    const { clock, chain, set, seen } = setup();
    set(configOf(1), 10n);
    chain.answers = () => Promise.reject(new Error("no node answers"));
    await clock.advance(0);
    expect(seen.splice(0)).toEqual(["error: no node answers"]);
    chain.answers = () => new Promise(() => {});
    await clock.advance(25_000);
    expect(seen.splice(0)).toEqual([
      "error: Loading the config (contractConfigLoadTimeout) took longer than its 10000ms",
    ]);
    chain.answers = async () => {};
    chain.latest = digestOf(2);
    await clock.advance(15_000);
    expect(seen.splice(0)).toEqual([expect.stringContaining("error: The contract's config changed while it was read")]);
    chain.config = configOf(2);
    await clock.advance(15_000);
    expect(seen).toEqual(["config 2"]);
  });

  it("does not ask the chain again until the switch is complete", async () => {
    const { clock, set, seen, switching } = setup();
    const over = Promise.withResolvers<void>();
    switching.wait = () => over.promise;
    set(configOf(1), 10n);
    await clock.advance(0);
    set(configOf(2), 20n);
    await clock.advance(300_000);
    expect(seen).toEqual(["config 1"]);
    over.resolve();
    await clock.advance(60_000);
    expect(seen).toEqual(["config 1", "config 2"]);
  });

  it("keeps what it has when the contract's config vanishes", async () => {
    const { clock, chain, set, seen } = setup();
    set(configOf(1), 10n);
    await clock.advance(0);
    chain.latest = new Uint8Array(32);
    await clock.advance(300_000);
    expect(seen).toEqual(["config 1"]);
  });

  it("ends with its owner, in the middle of a call too", async () => {
    const { clock, chain, stopping, ended, seen } = setup();
    chain.answers = () => new Promise(() => {});
    await clock.advance(60_000);
    seen.length = 0;
    stopping.abort(new Error("stopped"));
    await ended;
    expect(seen).toEqual([]);
    expect(clock.pending).toEqual([]);
  });
});
