/** The prefixes of a keystore's errors. chainlink-common adds them on both sides of a call, so they appear twice. */
import { prefixed } from "../errors.ts";
import type { Keystore } from "./types.ts";

export function withErrorPrefixes(keystore: Keystore): Keystore {
  return {
    accounts: (options) => attempt("failed to get accounts", () => keystore.accounts(options)),
    sign: (account, data, options) =>
      attempt(`failed to sign data for account: ${account}`, () => keystore.sign(account, data, options)),
    decrypt: (account, data, options) =>
      attempt(`failed to decrypt data for account: ${account}`, () => keystore.decrypt(account, data, options)),
  };
}

async function attempt<T>(failure: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw prefixed(failure, error);
  }
}
