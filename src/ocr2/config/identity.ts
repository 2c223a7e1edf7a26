/** Finding oneself in a config. */
import { equalBytes, toHex } from "../../values/bytes.ts";
import type { OracleKeyring } from "../keys/keyring.ts";
import type { PublicConfig } from "./public-config.ts";

/**
 * The index of the oracle that has this keyring and transmits from this account. Everything is compared exactly, texts
 * included.
 * @throws RangeError when the config is for other oracles, or has something else of this one's at its place
 */
export function findOracle(config: PublicConfig, keyring: OracleKeyring, transmitAccount: string): number {
  const { onchain, offchain, peerId } = keyring;
  const oracleId = config.oracles.findIndex((oracle) => equalBytes(oracle.onchainPublicKey, onchain.publicKey));
  const oracle = config.oracles[oracleId];
  if (oracle === undefined) {
    throw new RangeError(`Cannot use the config: no signer in it is this oracle's, ${toHex(onchain.publicKey)}`);
  }
  const parts = [
    { name: "offchain public key", theirs: toHex(oracle.offchainPublicKey), ours: toHex(offchain.publicKey) },
    { name: "peer ID", theirs: oracle.peerId, ours: peerId },
    { name: "transmit account", theirs: oracle.transmitAccount, ours: transmitAccount },
  ];
  const wrong = parts.find(({ theirs, ours }) => theirs !== ours);
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot use the config: it has ${wrong.name} "${wrong.theirs}" for oracle ${oracleId}, which has "${wrong.ours}"`,
    );
  }
  return oracleId;
}
