/**
 * What a chain family is to a node. Each folder here is a family; what only its relayer plugin and its contracts need (config digest,
 * report codec, calls) stands in the folder, and the plugin takes it from there.
 */
import type { z } from "zod";
import type { OnchainKeyring, OracleKeyring } from "../ocr2/keys/keyring.ts";
import type { TomlTable } from "../settings/toml.ts";
import type { TomlDefaults } from "../settings/toml-tables.ts";
import type { ChainTable } from "./table.ts";

export interface ChainFamily {
  /** As jobs (`relay = "evm"`), plugins (`evm.31337`) and variables (`CL_EVM_CMD`) call it. */
  readonly name: string;
  /** As the config calls its tables: `[[EVM]]`. Older relayers are given theirs under this name. */
  readonly table: string;
  /** As much of a table as the node reads, whoever serves the chain. Every other key is the relayer's. */
  readonly schema: z.ZodType<ChainTable>;
  /** What a table has where it says nothing. @default nothing */
  readonly defaults?: TomlDefaults;
  /** The relayer plugin that comes with the node. Absent: somebody has to name a command or a module. */
  readonly builtIn?: BuiltInRelayer;
  /** @returns what is wrong with a job's `contractID`, in one sentence. Absent: that is the relayer's to say */
  readonly checkContract?: (contractId: string) => string | undefined;
  /** Absent: the node has no keys for the family, and takes no part in the reports for its contracts. */
  readonly keys?: FamilyKeys;
  /** Absent: contracts are other people's. */
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
  /** Makes a private key that nobody can guess. */
  generate(): Uint8Array;
  /** @throws Error when the bytes are no private key */
  open(privateKey: Uint8Array): Signer;
}

/** An account of the node's own. */
export interface ChainAccount {
  /** As jobs (`transmitterID`) and relayers spell it. */
  readonly id: string;
  /**
   * Signs what a relayer of the family has to have signed: a transaction, or its hash.
   * @throws RangeError when relayers of the family have nothing like that to sign
   */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** Contracts that stand in a chain's table and belong to the node that has it, as on simulated chains. */
export interface OwnContracts {
  /** How many of an answer's digits stand after the point. `undefined`: there is no such contract. */
  decimalsOf(table: TomlTable, contractId: string): number | undefined;
  /** @returns the table, with a config for each contract that has a feed and no config of its own */
  configure(table: TomlTable, feeds: readonly OwnFeed[], oracle: OnlyOracle): TomlTable;
}

/** A feed on a contract of the node's own. */
export interface OwnFeed {
  readonly contractId: string;
  /** What the contract's config says to the product. */
  readonly reportingPluginConfig: Uint8Array;
}

/** The one oracle of the contracts that belong to its node. */
export interface OnlyOracle {
  readonly keyring: OracleKeyring;
  /** The id of the account that transmits. */
  readonly transmitter: string;
  /** Time from round to round. */
  readonly roundMs: number;
}
