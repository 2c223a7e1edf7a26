import type { ChainFamily } from "../family.ts";
import { chainTable } from "../table.ts";
import { solanaDefaults } from "./defaults.ts";

export const solana: ChainFamily = {
  name: "solana",
  table: "Solana",
  schema: chainTable("Solana", { nodes: ["URL"] }),
  defaults: solanaDefaults,
};
