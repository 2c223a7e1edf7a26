/** Calls `loop.DataSource`. */
import { createClient } from "@connectrpc/connect";
import { DataSource as DataSourceRpc } from "../../../proto/gen/loop/median_datasource_pb.ts";
import type { CallTarget } from "../connection.ts";
import { reportTimestampToWire } from "../messages.ts";
import { requiredBigInt } from "../values.ts";
import type { DataSource } from "./types.ts";

/** `observe` rejects with a TypeError when the other side answers without a value. */
export function createDataSourceClient(target: CallTarget): DataSource {
  const client = createClient(DataSourceRpc, target.transport);
  return {
    async observe(timestamp, options) {
      const { value } = await client.observe({ reportTimestamp: reportTimestampToWire(timestamp) }, options);
      return requiredBigInt(value, "the data source's answer");
    },
  };
}
