/** An entry of the simulated chain's ledger: one transaction as JSON. Integers are decimal strings, bytes hexadecimal. */
import type { Hex } from "viem";
import { bytesToHex, getAddress, hexToBytes } from "viem/utils";
import type { Address } from "../../chains/evm/config-digest.ts";
import type { ConfigArguments, Feed } from "../../chains/simulated/settings.ts";

export type Entry = Genesis | (Transaction & EntryStamp);

/** The first entry of a ledger. A later one, written by a node that opened the ledger at the same moment, has no effect. */
export interface Genesis {
  readonly type: "genesis";
  readonly timeMs: number;
  readonly chainId: string;
  readonly blockTimeMs: number;
  readonly configCount: string;
}

export interface EntryStamp {
  /** Lets the sender find its transaction again. */
  readonly id: string;
  /** The sender's clock, milliseconds since 1970. */
  readonly timeMs: number;
}

export type Transaction =
  | { readonly type: "deploy"; readonly to: Address; readonly feed: JsonFeed }
  | { readonly type: "set-config"; readonly to: Address; readonly unlessInForce: boolean; readonly config: JsonConfig }
  | { readonly type: "request-new-round"; readonly to: Address }
  | {
      readonly type: "transmit";
      readonly from: Address;
      readonly to: Address;
      readonly calldata: Hex;
      /** The signers' addresses, in the order of the signatures; `null` for an invalid signature. */
      readonly recovered: readonly (Address | null)[];
    };

export interface JsonFeed {
  readonly minAnswer: string;
  readonly maxAnswer: string;
  readonly decimals: number;
  readonly description: string;
}

export interface JsonConfig {
  readonly signers: readonly Address[];
  readonly transmitters: readonly Address[];
  readonly f: number;
  readonly onchainConfig: Hex;
  readonly offchainConfigVersion: string;
  readonly offchainConfig: Hex;
}

const types: readonly unknown[] = ["genesis", "deploy", "set-config", "request-new-round", "transmit"];

/** Distinguishes entries from anything else in a file. The content of an entry is checked when it is applied. */
export function isEntry(value: unknown): value is Entry {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    types.includes(value.type) &&
    "timeMs" in value &&
    typeof value.timeMs === "number"
  );
}

export function feedToJson(feed: Feed): JsonFeed {
  const { minAnswer, maxAnswer, decimals, description } = feed;
  return { minAnswer: String(minAnswer), maxAnswer: String(maxAnswer), decimals, description };
}

export function feedFromJson(address: Address, feed: JsonFeed): Feed {
  return { ...feed, address, minAnswer: BigInt(feed.minAnswer), maxAnswer: BigInt(feed.maxAnswer) };
}

/** Equal configs have equal JSON: addresses get their checksum, and the order of keys is fixed. */
export function configToJson(config: ConfigArguments): JsonConfig {
  return {
    signers: config.signers.map((signer) => getAddress(signer)),
    transmitters: config.transmitters.map((transmitter) => getAddress(transmitter)),
    f: config.f,
    onchainConfig: bytesToHex(config.onchainConfig),
    offchainConfigVersion: String(config.offchainConfigVersion),
    offchainConfig: bytesToHex(config.offchainConfig),
  };
}

export function configFromJson(config: JsonConfig): ConfigArguments {
  return {
    ...config,
    onchainConfig: hexToBytes(config.onchainConfig),
    offchainConfigVersion: BigInt(config.offchainConfigVersion),
    offchainConfig: hexToBytes(config.offchainConfig),
  };
}
