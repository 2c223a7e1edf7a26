/** Serves `loop.Keystore`. */
import { Keystore as KeystoreRpc } from "../../../proto/gen/loop/keystore_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { withErrorPrefixes } from "./error-prefixes.ts";
import type { Keystore } from "./types.ts";

export function keystoreRoutes(keystore: Keystore): Routes {
  const prefixing = withErrorPrefixes(keystore);
  return (router) => {
    router.service(KeystoreRpc, {
      accounts: unary(async (_, options) => ({ accounts: [...(await prefixing.accounts(options))] })),
      sign: unary(async ({ account, data }, options) => ({ signedData: await prefixing.sign(account, data, options) })),
      decrypt: unary(async ({ account, data }, options) => ({
        decryptedData: await prefixing.decrypt(account, data, options),
      })),
    });
  };
}
