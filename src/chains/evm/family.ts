import type { ChainFamily } from "../family.ts";
import { chainTable } from "../table.ts";
import { evmKeys } from "./keys.ts";

/** Ethereum and compatible chains. */
export const evm: ChainFamily = {
  name: "evm",
  table: "EVM",
  schema: chainTable("EVM", { nodes: ["HTTPURL", "WSURL"] }),
  checkContract: (contractId) =>
    /^0x[0-9a-fA-F]{40}$/.test(contractId) ? undefined : "An EVM address is 0x and 40 hexadecimal digits",
  keys: evmKeys,
};
