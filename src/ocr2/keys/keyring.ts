/** An oracle's keys as the engine uses them: it never sees a private key. */
import type { ReportContext } from "../../loop/types.ts";

export interface OracleKeyring {
  readonly offchain: OffchainKeyring;
  readonly onchain: OnchainKeyring;
  /** The string that names this oracle to its peers. */
  readonly peerId: string;
}

/** Signs observations and opens the shared secret. */
export interface OffchainKeyring {
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** x25519, 32 bytes. It is needed to set a config. */
  readonly configEncryptionPublicKey: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** Multiplies a point with the config encryption key. */
  diffieHellman(point: Uint8Array): Promise<Uint8Array>;
}

/** Signs reports as one chain family's contracts check them. */
export interface OnchainKeyring {
  /** As in the config's list of signers. */
  readonly publicKey: Uint8Array;
  /** In bytes. */
  readonly maxSignatureLength: number;
  sign(context: ReportContext, report: Uint8Array): Promise<Uint8Array>;
  /** Whether a signature over a report was made with a public key's private half. The key may be another oracle's. */
  verify(publicKey: Uint8Array, context: ReportContext, report: Uint8Array, signature: Uint8Array): Promise<boolean>;
}
