/** The registry of chain families: all code that is not for one family iterates over this list. */
import { evm } from "./evm/family.ts";
import type { ChainFamily } from "./family.ts";
import { simulated } from "./simulated/family.ts";
import { solana } from "./solana/family.ts";
import { starknet } from "./starknet/family.ts";

/** In the order in which messages list them. */
export const chainFamilies: readonly ChainFamily[] = [evm, solana, starknet, simulated];

/** The family of a job's `relay`. */
export function findFamily(relay: string): ChainFamily | undefined {
  return chainFamilies.find(({ name }) => name === relay);
}
