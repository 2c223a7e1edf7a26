/** Serves `loop.Keystore`. */
import { Keystore as KeystoreRpc } from "../../../proto/gen/loop/keystore_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { withKeystoreTexts } from "./texts.ts";
import type { Keystore } from "./types.ts";

export function keystoreRoutes(keystore: Keystore): Routes {
  const named = withKeystoreTexts(keystore);
  return (router) => {
    router.service(KeystoreRpc, {
      accounts: unary(async (_, options) => ({ accounts: [...(await named.accounts(options))] })),
      sign: unary(async ({ account, data }, options) => ({ signedData: await named.sign(account, data, options) })),
      decrypt: unary(async ({ account, data }, options) => ({
        decryptedData: await named.decrypt(account, data, options),
      })),
    });
  };
}
