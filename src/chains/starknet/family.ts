import type { ChainFamily } from "../family.ts";
import { chainTable } from "../table.ts";
import { starknetDefaults } from "./defaults.ts";

export const starknet: ChainFamily = {
  name: "starknet",
  table: "Starknet",
  schema: chainTable("Starknet", { chain: ["FeederURL"], nodes: ["URL"] }),
  defaults: starknetDefaults,
};
