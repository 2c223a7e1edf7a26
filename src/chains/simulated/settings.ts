/**
 * The simulated chain's table:
 *
 * ```toml
 * ChainID = "1337"
 * StateFile = "/var/lib/loopp/simulated.jsonl" # left out: the chain is new at every start of the plugin
 * BlockTime = "1s"                             # empty blocks, so that confirmations come
 *
 * [[Feeds]]
 * Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
 * MinAnswer = "1"
 * MaxAnswer = "1000000000000"
 * Decimals = 8
 * Description = "WIDGET / USD"
 *
 * [Feeds.Config]                               # what the owner would set; set at start unless it is in force
 * Signers = ["0x..."]
 * Transmitters = ["0x..."]
 * F = 0
 * OffchainConfig = "0x..."
 * ```
 */
import type { Hex } from "viem";
import { getAddress, hexToBytes, isAddress, isHex } from "viem/utils";
import { z } from "zod";
import { duration } from "../../settings/fields.ts";
import { maxInt192, minInt192 } from "../../values/int192.ts";
import type { Address } from "../evm/config-digest.ts";
import { encodeOnchainConfig } from "../median-onchain-config.ts";
import { readRelayerConfig } from "../relayer-config.ts";

/** What is fixed when a contract is deployed. */
export interface Feed {
  readonly address: Address;
  /** The answer's bounds, int192 each. */
  readonly minAnswer: bigint;
  readonly maxAnswer: bigint;
  /** Decimal places of an answer. */
  readonly decimals: number;
  readonly description: string;
}

/** What the owner gives to `setConfig`. */
export interface ConfigArguments {
  readonly signers: readonly Address[];
  readonly transmitters: readonly Address[];
  readonly f: number;
  readonly onchainConfig: Uint8Array;
  readonly offchainConfigVersion: bigint;
  readonly offchainConfig: Uint8Array;
}

export interface SimulatedChainConfig {
  readonly chainId: bigint;
  readonly stateFile: string | undefined;
  readonly blockTimeMs: number;
  readonly feeds: readonly { readonly feed: Feed; readonly config: ConfigArguments | undefined }[];
}

const address = z
  .string("must be an address in quotes")
  .refine(
    (text) => isAddress(text),
    "is not an address; write 0x and 40 hexadecimal digits, in lower case or with checksum",
  )
  .transform((text): Address => getAddress(text));

const bytes = z
  .string("must be a hexadecimal string in quotes")
  .refine((text) => isHex(text) && text.length % 2 === 0, "must be 0x and an even number of hexadecimal digits")
  .transform((text) => hexToBytes(text as Hex));

const int192 = integer((value) => value >= minInt192 && value <= maxInt192, "must be between -2^191 and 2^191 - 1");

const config = closedTable({
  Signers: z.array(address),
  Transmitters: z.array(address),
  F: z.int().min(0).max(255),
  OffchainConfigVersion: z.int().min(0).default(2),
  OffchainConfig: bytes,
});

const feed = closedTable({
  Address: address,
  MinAnswer: int192,
  MaxAnswer: int192,
  Decimals: z.int().min(0).max(255),
  Description: z.string(),
  Config: config.optional(),
})
  .refine(({ MinAnswer, MaxAnswer }) => MinAnswer <= MaxAnswer, "MinAnswer must not be above MaxAnswer")
  .transform(({ Address: address, MinAnswer, MaxAnswer, Decimals, Description, Config }) => ({
    feed: { address, minAnswer: MinAnswer, maxAnswer: MaxAnswer, decimals: Decimals, description: Description },
    config: Config && {
      signers: Config.Signers,
      transmitters: Config.Transmitters,
      f: Config.F,
      onchainConfig: encodeOnchainConfig({ min: MinAnswer, max: MaxAnswer }),
      offchainConfigVersion: BigInt(Config.OffchainConfigVersion),
      offchainConfig: Config.OffchainConfig,
    },
  }));

const blockTime = duration().refine((ms) => ms > 0, "must be a duration above zero, such as 1s");

/** @throws SyntaxError, TypeError that name what is wrong */
export function readSimulatedChainConfig(toml: string): SimulatedChainConfig {
  return readRelayerConfig("the simulated chain's config", toml, simulatedChain);
}

/** The schema of the table. */
export const simulatedChain = closedTable({
  ChainID: integer((value) => value > 0n, "must be above zero"),
  Enabled: z.literal(true, "a chain that is not enabled cannot be started").default(true),
  StateFile: z.string().min(1).optional(),
  BlockTime: blockTime.default(1000),
  Feeds: z.array(feed).min(1, "there must be a feed"),
}).transform(
  ({ ChainID, StateFile, BlockTime, Feeds }): SimulatedChainConfig => ({
    chainId: ChainID,
    stateFile: StateFile,
    blockTimeMs: BlockTime,
    feeds: Feeds,
  }),
);

/** A table of these keys and no other. */
function closedTable<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).sort().join(", ");
  const error: z.core.$ZodErrorMap = ({ code }) =>
    code === "unrecognized_keys" ? `there is no such key here, only ${known}` : undefined;
  return z.strictObject(shape, { error });
}

/** As TOML integers, numbers beyond 2^53 would lose digits, so large ones are written in quotes. */
function integer(isInRange: (value: bigint) => boolean, message: string) {
  const notInteger = "must be an integer; put large ones in quotes";
  return z
    .union([z.int(notInteger), z.string().regex(/^-?[0-9]+$/, notInteger)], notInteger)
    .transform((value) => BigInt(value))
    .refine(isInRange, message);
}
