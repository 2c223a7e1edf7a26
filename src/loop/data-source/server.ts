/** Serves `loop.DataSource`. */
import { DataSource as DataSourceRpc } from "../../../proto/gen/loop/median_datasource_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { reportTimestampFromWire } from "../messages.ts";
import { bigIntToWire } from "../values.ts";
import type { DataSource } from "./types.ts";

export function dataSourceRoutes(dataSource: DataSource): Routes {
  return (router) => {
    router.service(DataSourceRpc, {
      observe: unary(async ({ reportTimestamp }, options) => ({
        value: bigIntToWire(await dataSource.observe(reportTimestampFromWire(reportTimestamp), options)),
      })),
    });
  };
}
