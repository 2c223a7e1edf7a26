/** Values for keys that a Starknet chain's table leaves out: the Chainlink node's defaults. */
import type { TomlDefaults } from "../../settings/toml-tables.ts";

export const starknetDefaults: TomlDefaults = {
  OCR2CachePollPeriod: "5s",
  OCR2CacheTTL: "1m0s",
  RequestTimeout: "10s",
  TxTimeout: "10s",
  ConfirmationPoll: "5s",
};
