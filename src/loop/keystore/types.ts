/** The keystore that a host serves to its relayers: keys stay in the host, data to sign comes to it. */
import type { CallOptions } from "../types.ts";

export interface Keystore {
  accounts(options?: CallOptions): Promise<readonly string[]>;
  /**
   * Signs `data` as the chain family wants it. Empty data asks only whether the account exists: the signature is empty.
   * @throws Error when the account is unknown
   */
  sign(account: string, data: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** @throws ConnectError Unimplemented where there is nothing to decrypt with */
  decrypt(account: string, data: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
}
