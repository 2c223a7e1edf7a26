/** What a Starknet chain has where its table says nothing: the Chainlink node's defaults. */
import type { TomlTable } from "../../settings/toml.ts";

export const starknetDefaults: TomlTable = {
  OCR2CachePollPeriod: "5s",
  OCR2CacheTTL: "1m0s",
  RequestTimeout: "10s",
  TxTimeout: "10s",
  ConfirmationPoll: "5s",
};
