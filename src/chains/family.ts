/**
 * What a node needs to know of a chain family. Each folder here is a family, and also holds what only its relayer plugin and its
 * contracts need (config digest, report codec, calls).
 */
import type { z } from "zod";
import type { OnchainKeyring, OracleKeyring } from "../ocr2/keys/keyring.ts";
import type { TomlTable } from "../settings/toml.ts";
import type { TomlDefaults } from "../settings/toml-tables.ts";
import type { ChainTable } from "./table.ts";

export interface ChainFamily {
  /** Its name in jobs (`relay = "evm"`), plugins (`evm.31337`) and variables (`CL_EVM_CMD`). */
  readonly name: string;
  /** The name of its tables in the config: `[[EVM]]`. Older relayers are given their table under this name. */
  readonly table: string;
  /** The part of a table that the node reads, whichever relayer serves the chain. Every other key is the relayer's. */
  readonly schema: z.ZodType<ChainTable>;
  /** Values for keys that a table leaves out. @default none */
  readonly defaults?: TomlDefaults;
  /** The relayer plugin that the node includes. Absent: the operator must name a command or a module. */
  readonly builtIn?: BuiltInRelayer;
  /** @returns what is wrong with a job's `contractID`, in one sentence. Absent: only the relayer checks it */
  readonly checkContract?: (contractId: string) => string | undefined;
  /** Absent: the node has no keys for the family, and takes no part in the reports for its contracts. */
  readonly keys?: FamilyKeys;
  /** Absent: the node owns no contracts of the family. */
  readonly ownContracts?: OwnContracts;
}

export interface BuiltInRelayer {
  /** The plugin's module. */
  readonly module: URL;
  /** The form of the table that it reads. Checked before it is started. */
  readonly schema: z.ZodType;
}

/** The keys that an oracle has on chains of a family. The private ones stay with the node. */
export interface FamilyKeys {
  /** Keys that sign reports, as the family's contracts check them. */
  readonly onchain: KeyScheme<OnchainKeyring>;
  /** Keys of the accounts that transmit. */
  readonly account: KeyScheme<ChainAccount>;
}

export interface KeyScheme<Signer> {
  /** Makes a random private key. */
  generate(): Uint8Array;
  /** @throws Error when the bytes are not a private key */
  open(privateKey: Uint8Array): Signer;
}

/** An account of the node. */
export interface ChainAccount {
  /** As jobs (`transmitterID`) and relayers write it. */
  readonly id: string;
  /**
   * Signs what relayers of the family need signed: a transaction, or its hash.
   * @throws RangeError for data that is not what relayers of the family sign
   */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** Contracts that are defined in a chain's table and belong to the node, as on simulated chains. */
export interface OwnContracts {
  /** Decimal places of the contract's answers; `undefined` if there is no such contract. */
  decimalsOf(table: TomlTable, contractId: string): number | undefined;
  /** @returns the table, with a config for each contract that has a feed and no config of its own */
  configure(table: TomlTable, feeds: readonly OwnFeed[], oracle: OnlyOracle): TomlTable;
}

/** A feed on a contract that the node owns. */
export interface OwnFeed {
  readonly contractId: string;
  /** The product's part of the contract's config. */
  readonly reportingPluginConfig: Uint8Array;
}

/** The only oracle of the contracts that the node owns. */
export interface OnlyOracle {
  readonly keyring: OracleKeyring;
  /** The id of the account that transmits. */
  readonly transmitter: string;
  /** Time from round to round. */
  readonly roundMs: number;
}
