/** The keystore that a host serves to its relayers: keys stay in the host, and the data to sign is sent to it. */
import type { CallOptions } from "../types.ts";

export interface Keystore {
  accounts(options?: CallOptions): Promise<readonly string[]>;
  /**
   * Signs `data` in the way of the chain family. Empty data only asks whether the account exists: the signature is empty.
   * @throws Error when the account is unknown
   */
  sign(account: string, data: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** @throws ConnectError Unimplemented when the keystore cannot decrypt */
  decrypt(account: string, data: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
}
