/** Finds this oracle in a config. */
import { equalBytes, toHex } from "../../values/bytes.ts";
import type { OracleKeyring } from "../keys/keyring.ts";
import type { PublicConfig } from "./public-config.ts";

/**
 * The index of the oracle that has this keyring and transmits from this account. Strings are compared exactly, with their case.
 * @throws RangeError when the config is for other oracles, or one of this oracle's values in it is wrong
 */
export function findOracle(config: PublicConfig, keyring: OracleKeyring, transmitAccount: string): number {
  const { onchain, offchain, peerId } = keyring;
  const oracleId = config.oracles.findIndex((oracle) => equalBytes(oracle.onchainPublicKey, onchain.publicKey));
  const oracle = config.oracles[oracleId];
  if (oracle === undefined) {
    throw new RangeError(
      `Cannot use the config: this oracle's key ${toHex(onchain.publicKey)} is not among its signers`,
    );
  }
  const parts = [
    { name: "offchain public key", theirs: toHex(oracle.offchainPublicKey), ours: toHex(offchain.publicKey) },
    { name: "peer ID", theirs: oracle.peerId, ours: peerId },
    { name: "transmit account", theirs: oracle.transmitAccount, ours: transmitAccount },
  ];
  const wrong = parts.find(({ theirs, ours }) => theirs !== ours);
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot use the config: its ${wrong.name} for oracle ${oracleId} is "${wrong.theirs}", but this oracle's is "${wrong.ours}"`,
    );
  }
  return oracleId;
}
