/** Calls `loop.KeyValueStore`. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { KeyValueStore as KeyValueStoreRpc } from "../../../proto/gen/loop/keyvalue_store_pb.ts";
import type { CallTarget } from "../connection.ts";
import { countFromWire, durationMessageToWire } from "../values.ts";
import type { KeyValueStore } from "./types.ts";

export function createKeyValueStoreClient(target: CallTarget): KeyValueStore {
  const client = createClient(KeyValueStoreRpc, target.transport);
  return {
    async store(key, value, options) {
      await client.storeKeyValue({ key, value }, options);
    },
    async get(key, options) {
      try {
        return (await client.getValueForKey({ key }, options)).value;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async pruneExpiredEntries(maxAgeMs, options) {
      const request = { maxAge: durationMessageToWire(maxAgeMs, "MaxAge") };
      return countFromWire((await client.pruneExpiredEntries(request, options)).numPruned, "NumPruned");
    },
  };
}

/** Hosts of this project answer NotFound. Chainlink's node has no code for it and passes its database's error on. */
function isNotFound(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false;
  return error.code === Code.NotFound || error.rawMessage.includes("no rows in result set");
}
