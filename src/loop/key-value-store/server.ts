/** Serves `loop.KeyValueStore`. */
import { Code, ConnectError } from "@connectrpc/connect";
import { KeyValueStore as KeyValueStoreRpc } from "../../../proto/gen/loop/keyvalue_store_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { countToWire, durationMessageFromWire } from "../values.ts";
import type { KeyValueStore } from "./types.ts";

export function keyValueStoreRoutes(store: KeyValueStore): Routes {
  return (router) => {
    router.service(KeyValueStoreRpc, {
      storeKeyValue: unary(async ({ key, value }, options) => {
        await store.store(key, value, options);
        return {};
      }),
      getValueForKey: unary(async ({ key }, options) => {
        const value = await store.get(key, options);
        // An empty value is a value, so only an error can say that there is none.
        if (value === undefined) throw new ConnectError(`no value is stored for key "${key}"`, Code.NotFound);
        return { value };
      }),
      pruneExpiredEntries: unary(async ({ maxAge }, options) => {
        const pruned = await store.pruneExpiredEntries(durationMessageFromWire(maxAge), options);
        return { numPruned: countToWire(pruned, "NumPruned") };
      }),
    });
  };
}
