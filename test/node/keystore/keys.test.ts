/** One set of keys for each chain family, and no family sees another's. */
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ChainFamily } from "../../../src/chains/family.ts";
import { chainFamilies, findFamily } from "../../../src/chains/index.ts";
import type { PluginLogLine } from "../../../src/index.ts";
import { createNodeKeys } from "../../../src/node/keystore/keys.ts";
import { until } from "../../../src/testing/until.ts";
import { createWorld } from "../support.ts";

const family = (name: string) => findFamily(name) as ChainFamily;
const hash = new Uint8Array(32).fill(1);

describe("the node's keys", () => {
  it("are the same on every call, and different for each family", async () => {
    const keys = createNodeKeys();
    const [evm, simulated] = [keys.of(family("evm")), keys.of(family("simulated"))];
    expect(keys.of(family("evm"))).toBe(evm);
    expect(evm.account).not.toBe(simulated.account);
    expect(evm.keyring.onchain.publicKey).not.toEqual(simulated.keyring.onchain.publicKey);
  });

  it("have one offchain keyring and one peer ID for all families", () => {
    const keys = createNodeKeys();
    const keyrings = chainFamilies.map((one) => keys.of(one).keyring);
    expect(new Set(keyrings.map(({ offchain }) => offchain)).size).toBe(1);
    expect(new Set(keyrings.map(({ peerId }) => peerId)).size).toBe(1);
  });

  it("are made when a family is first asked for", () => {
    let made = 0;
    const evm = family("evm");
    const onchain = { ...evm.keys!.onchain, generate: () => evm.keys!.onchain.generate().with(0, ++made) };
    const counted = { ...evm, keys: { ...evm.keys!, onchain } };
    const keys = createNodeKeys();
    expect(made).toBe(0);
    keys.of(counted);
    keys.of(counted);
    expect(made).toBe(1);
  });

  it("sign for the accounts of their family alone", async () => {
    const keys = createNodeKeys();
    const [evm, simulated] = [keys.of(family("evm")), keys.of(family("simulated"))];
    expect(await evm.keystore.accounts()).toEqual([evm.account]);
    expect(await evm.keystore.sign(evm.account!, hash)).toHaveLength(65);
    expect(await evm.keystore.sign(evm.account!, new Uint8Array())).toEqual(new Uint8Array());
    for (const data of [hash, new Uint8Array()]) {
      await expect(evm.keystore.sign(simulated.account!, data)).rejects.toThrow("there is no such account");
    }
    await expect(evm.keystore.decrypt(evm.account!, hash)).rejects.toThrow("the account only signs");
  });

  it("have no account and sign nothing for a family that has none", async () => {
    const { keyring, account, keystore } = createNodeKeys().of(family("solana"));
    expect(account).toBeUndefined();
    expect(await keystore.accounts()).toEqual([]);
    await expect(keystore.sign("anybody", hash)).rejects.toThrow("there is no such account");
    const context = { reportTimestamp: { configDigest: hash, epoch: 1, round: 1 }, extraHash: hash };
    await expect(keyring.onchain.sign(context, hash)).rejects.toThrow("the node has no keys for solana chains");
    expect(await keyring.onchain.verify(keyring.onchain.publicKey, context, hash, new Uint8Array())).toBe(false);
  });
});

describe("a relayer", () => {
  it("is given its own family's accounts", async () => {
    await using world = await createWorld();
    const module = JSON.stringify(fileURLToPath(new URL("../fixtures/accounts.plugin.ts", import.meta.url)));
    const chains = [
      '[[EVM]]\nChainID = "1"\n[[EVM.Nodes]]\nName = "a"\nHTTPURL = "http://127.0.0.1:1"',
      '[[EVM]]\nChainID = "2"\n[[EVM.Nodes]]\nName = "a"\nHTTPURL = "http://127.0.0.1:1"',
      '[[Solana]]\nChainID = "devnet"\n[[Solana.Nodes]]\nName = "a"\nURL = "http://127.0.0.1:1"',
    ];
    const plugins = ["evm", "solana"].map((kind) => `[plugins.${kind}]\nmodule = ${module}`);
    appendFileSync(world.configFile, [...chains, ...plugins, ""].join("\n"));
    const lines: PluginLogLine[] = [];
    await using node = await world.start([], undefined, {}, (line) => lines.push(line));
    const seen = () =>
      new Map(
        lines.flatMap(({ plugin, fields: { accounts } }) => (accounts === undefined ? [] : [[plugin, accounts]])),
      );
    await until("every relayer was given a keystore", async () => {
      await (await fetch(`http://127.0.0.1:${node.http.port}/health`)).text();
      return seen().size === 3;
    });
    const evm = node.keys.of(family("evm")).account;
    expect(Object.fromEntries(seen())).toEqual({ "evm.1": evm, "evm.2": evm, "solana.devnet": "" });
    expect(evm).not.toBe(node.keys.of(family("simulated")).account);
  });
});
