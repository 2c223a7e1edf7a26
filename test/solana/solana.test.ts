/**
 * Chainlink's relayer for Solana under our host and node. It cannot be had as a Go module alone, so that it is not among the peers of
 * test/interop: whoever has built its binary names it in LOOPP_SOLANA_BINARY.
 */
import { describe, it } from "vitest";
import { solana } from "../interop/starknet/chains.ts";
import { testRelayer } from "../interop/starknet/relayer-suite.ts";

const binary = process.env.LOOPP_SOLANA_BINARY || undefined;

describe("chainlink-solana", () => {
  if (binary === undefined) {
    it.skip("under our host and node", () => {});
    return;
  }
  testRelayer({
    chain: solana,
    binary: async () => binary,
    answersFile: "answers.jsonl",
    needed: /ComputeUnitLimitDefault = 200000/,
    parts: ["PluginSolana.Relayer", "PluginSolana.Chain", "PluginSolana.Txm"],
  });
});
