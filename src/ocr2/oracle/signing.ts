/** Hashes and signatures over what belongs to a round. Numbers are big-endian. */
import { createHash, type Hash } from "node:crypto";
import type { AttributedObservation } from "../../loop/reporting-plugin/types.ts";
import type { ReportTimestamp } from "../../loop/types.ts";
import { ed25519Verify } from "../keys/curve25519.ts";
import type { OffchainKeyring } from "../keys/keyring.ts";

/** Ties a report to its round's query and observations, in the leader's order: 32 bytes of a report's context. */
export function extraHash(query: Uint8Array, observations: readonly AttributedObservation[]): Uint8Array {
  const hash = createHash("sha256");
  addWithLength(hash, query);
  hash.update(uint64(observations.length));
  for (const { observation, observer } of observations) {
    addWithLength(hash, observation);
    hash.update(Uint8Array.of(observer));
  }
  return Uint8Array.from(hash.digest());
}

/** Signs an observation for one round and one query. */
export async function signObservation(
  keyring: OffchainKeyring,
  timestamp: ReportTimestamp,
  query: Uint8Array,
  observation: Uint8Array,
): Promise<Uint8Array> {
  return keyring.sign(observationHash(timestamp, query, observation));
}

/** @param publicKey the observer's offchain public key */
export function isObservationSignature(
  publicKey: Uint8Array,
  timestamp: ReportTimestamp,
  query: Uint8Array,
  observation: Uint8Array,
  signature: Uint8Array,
): boolean {
  return ed25519Verify(publicKey, observationHash(timestamp, query, observation), signature);
}

function observationHash(timestamp: ReportTimestamp, query: Uint8Array, observation: Uint8Array): Uint8Array {
  const time = Buffer.alloc(5);
  time.writeUInt32BE(timestamp.epoch);
  time.writeUInt8(timestamp.round, 4);
  const hash = createHash("sha256").update(timestamp.configDigest).update(time);
  addWithLength(hash, query);
  addWithLength(hash, observation);
  return Uint8Array.from(hash.digest());
}

function addWithLength(hash: Hash, bytes: Uint8Array) {
  hash.update(uint64(bytes.length)).update(bytes);
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
