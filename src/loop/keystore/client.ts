/** Calls `loop.Keystore`. */
import { createClient } from "@connectrpc/connect";
import { Keystore as KeystoreRpc } from "../../../proto/gen/loop/keystore_pb.ts";
import type { CallTarget } from "../connection.ts";
import { withErrorPrefixes } from "./error-prefixes.ts";
import type { Keystore } from "./types.ts";

export function createKeystoreClient(target: CallTarget): Keystore {
  const client = createClient(KeystoreRpc, target.transport);
  return withErrorPrefixes({
    accounts: async (options) => (await client.accounts({}, options)).accounts,
    sign: async (account, data, options) => (await client.sign({ account, data }, options)).signedData,
    decrypt: async (account, data, options) => (await client.decrypt({ account, data }, options)).decryptedData,
  });
}
