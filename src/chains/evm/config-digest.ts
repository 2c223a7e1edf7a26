/** The digest that an EVM contract gives an OCR2 config, computed off chain. */
import { encodeAbiParameters, hexToBytes, keccak256, toHex } from "viem/utils";
import type { OffchainConfigDigester } from "../../loop/provider/types.ts";
import type { ConfigDigest, ContractConfig } from "../../loop/types.ts";

/** The first two bytes of every config digest on EVM chains, as a number. */
const evmConfigDigestPrefix = 0x0001;

/** What the digest covers: all of a config but the digest itself. */
export type DigestedConfig = Omit<ContractConfig, "configDigest">;

const digestAbi = [
  { name: "chainId", type: "uint256" },
  { name: "contractAddress", type: "address" },
  { name: "configCount", type: "uint64" },
  { name: "signers", type: "address[]" },
  { name: "transmitters", type: "address[]" },
  { name: "f", type: "uint8" },
  { name: "onchainConfig", type: "bytes" },
  { name: "offchainConfigVersion", type: "uint64" },
  { name: "offchainConfig", type: "bytes" },
] as const;

/** An address in hexadecimal, with or without a checksum in its capitals. */
export type Address = `0x${string}`;

/**
 * @param contract the aggregator's address
 * @throws viem's error that names the address when the contract, a signer or a transmitter is not an address
 */
export function evmConfigDigest(chainId: bigint, contract: Address, config: DigestedConfig): ConfigDigest {
  const encoded = encodeAbiParameters(digestAbi, [
    chainId,
    contract,
    config.configCount,
    config.signers.map((signer) => toHex(signer)),
    config.transmitters.map((transmitter) => transmitter as Address),
    config.f,
    toHex(config.onchainConfig),
    config.offchainConfigVersion,
    toHex(config.offchainConfig),
  ]);
  const digest = hexToBytes(keccak256(encoded));
  digest.set([evmConfigDigestPrefix >> 8, evmConfigDigestPrefix & 0xff]);
  return digest;
}

/** The digester of one contract. */
export function createEvmConfigDigester(chainId: bigint, contract: Address): OffchainConfigDigester {
  return {
    configDigest: async (config) => evmConfigDigest(chainId, contract, config),
    configDigestPrefix: async () => evmConfigDigestPrefix,
  };
}
