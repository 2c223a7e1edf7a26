/** What relayer plugins are given: complete tables, in which every word of the user stands. */
import { parse } from "smol-toml";
import { afterAll, describe, expect, it } from "vitest";
import { solanaDefaults } from "../../../src/chains/solana/defaults.ts";
import { starknetDefaults } from "../../../src/chains/starknet/defaults.ts";
import { chainToml } from "../../../src/node/config/chains.ts";
import { formatConfig } from "../../../src/node/config/show.ts";
import { createConfigs } from "./configs.ts";

const configs = createConfigs();
afterAll(() => configs.remove());

const nodes = (table: string) => `[[${table}.Nodes]]\nName = "main"\nURL = "http://127.0.0.1:1"\n`;
/** With integers as bigints: `1` and `1.0` are not the same to a relayer in Go. */
const parsed = (toml: string) => parse(toml, { integersAsBigInt: true });

/** Both shapes of the config's only chain, read again. */
function shapesOf(toml: string) {
  const { chains } = configs.load(toml);
  const [chain] = chains;
  if (chain === undefined) throw new Error("there is no chain");
  const { family, complete } = chain;
  return { bare: parsed(chainToml(family, complete)), wrapped: parsed(chainToml(family, complete, "wrapped")), chain };
}

describe("the chain that a relayer plugin is given", () => {
  it.each([
    ["Solana", solanaDefaults],
    ["Starknet", starknetDefaults],
  ] as const)("has every default of %s where the user says nothing", (table, defaults) => {
    const { bare, wrapped } = shapesOf(`[[${table}]]\nChainID = "x"\n${nodes(table)}`);
    const whole = { ChainID: "x", ...defaults, Nodes: [{ Name: "main", URL: "http://127.0.0.1:1" }] };
    expect(bare).toEqual(whole);
    expect(wrapped).toEqual({ [table]: whole });
  });

  it("keeps the user's own values, and keys that are not known here", () => {
    const own = 'ChainID = "x"\nTxTimeout = "3s" # mine\nMaxRetries = -1\nWorkflow.Deep.Key = [1, 2]\n';
    const { bare, chain } = shapesOf(`[[Solana]]\n${own}${nodes("Solana")}`);
    expect(bare).toMatchObject({ TxTimeout: "3s", MaxRetries: -1n, Workflow: { Deep: { Key: [1n, 2n] } } });
    expect(bare).toMatchObject({ TxRetryTimeout: solanaDefaults.TxRetryTimeout });
    expect(chain.table.TxRetryTimeout).toBeUndefined();
  });

  it.each([
    ["under a header", `[[Solana]]\nChainID = "x"\n[Solana.MultiNode]\nEnabled = true\n${nodes("Solana")}`],
    ["in dots", `[[Solana]]\nMultiNode.Enabled = true\nChainID = "x"\n${nodes("Solana")}`],
    ["in braces", `[[Solana]]\nChainID = "x"\nMultiNode = { Enabled = true }\n${nodes("Solana")}`],
    ["after the nodes", `[[Solana]]\nChainID = "x"\n${nodes("Solana")}[Solana.MultiNode]\nEnabled = true\n`],
  ])("completes a table in the table, too, written %s", (_, toml) => {
    const { bare, wrapped } = shapesOf(toml);
    const { MultiNode } = solanaDefaults;
    expect(bare.MultiNode).toEqual({ ...(MultiNode as object), Enabled: true });
    expect(wrapped).toEqual({ Solana: bare });
  });

  it.each([
    ["as a table of its own", "[[EVM]]\nChainID = 1\n[[EVM.Nodes]]\nName = 'a'\nHTTPURL = 'http://127.0.0.1:1'\n"],
    ["in braces", "EVM = [{ ChainID = 1, Nodes = [{ Name = 'a', HTTPURL = 'http://127.0.0.1:1' }] }]\n"],
  ])("may be written %s, and is left as it is where there are no defaults", (_, toml) => {
    const { bare, wrapped } = shapesOf(toml);
    expect(bare).toEqual({ ChainID: 1n, Nodes: [{ Name: "a", HTTPURL: "http://127.0.0.1:1" }] });
    expect(wrapped).toEqual({ EVM: bare });
  });
});

it("loopp config shows what was filled in as a default, and the rest with its line", () => {
  const text = formatConfig(configs.load(`[[Starknet]]\nChainID = "x"\nTxTimeout = "3s"\n${nodes("Starknet")}`));
  expect(text).toMatch(/^Starknet\[0\]\.TxTimeout = "3s" +# node\.toml:3$/m);
  expect(text).toMatch(/^Starknet\[0\]\.ConfirmationPoll = "5s" +# default$/m);
});
