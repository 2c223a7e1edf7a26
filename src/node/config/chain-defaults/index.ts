/** The defaults of each kind of chain that has some. */
import type { TomlTable } from "../toml.ts";
import { solanaDefaults } from "./solana.ts";
import { starknetDefaults } from "./starknet.ts";

export { completeText, missingFrom } from "./complete.ts";

/** By the name of the chain's table in the config. */
export const chainDefaults: Readonly<Record<string, TomlTable>> = {
  Solana: solanaDefaults,
  Starknet: starknetDefaults,
};
