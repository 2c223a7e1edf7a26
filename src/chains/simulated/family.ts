import { evmKeys } from "../evm/keys.ts";
import type { ChainFamily } from "../family.ts";
import { chainTable } from "../table.ts";
import { simulatedContracts } from "./own-contracts.ts";
import { simulatedChain } from "./settings.ts";

/** Chains that exist only in their relayer plugin, which checks what EVM contracts check. */
export const simulated: ChainFamily = {
  name: "simulated",
  table: "Simulated",
  schema: chainTable("Simulated"),
  builtIn: { module: new URL("../../plugins/simulated/plugin.ts", import.meta.url), schema: simulatedChain },
  keys: evmKeys,
  ownContracts: simulatedContracts,
};
