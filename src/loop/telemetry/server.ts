/** Serves `loop.Telemetry`. */
import { Telemetry as TelemetryRpc } from "../../../proto/gen/loop/telemetry_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { telemetryFromWire } from "./messages.ts";
import type { Telemetry } from "./types.ts";

export function telemetryRoutes(telemetry: Telemetry): Routes {
  return (router) => {
    router.service(TelemetryRpc, {
      send: unary(async (message, options) => {
        await telemetry.send(telemetryFromWire(message), options);
        return {};
      }),
    });
  };
}
