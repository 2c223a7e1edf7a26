/** The defaults of each kind of chain that has some. */

import { solanaDefaults } from "../../../chains/solana/defaults.ts";
import { starknetDefaults } from "../../../chains/starknet/defaults.ts";
import type { TomlDefaults } from "../../../settings/toml-tables.ts";

/** By the name of the chain's table in the config. */
export const chainDefaults: Readonly<Record<string, TomlDefaults>> = {
  Solana: solanaDefaults,
  Starknet: starknetDefaults,
};
