/** Calls `loop.Telemetry`. */
import { createClient } from "@connectrpc/connect";
import { Telemetry as TelemetryRpc } from "../../../proto/gen/loop/telemetry_pb.ts";
import type { CallTarget } from "../connection.ts";
import { telemetryToWire } from "./messages.ts";
import type { Telemetry } from "./types.ts";

export function createTelemetryClient(target: CallTarget): Telemetry {
  const client = createClient(TelemetryRpc, target.transport);
  return {
    async send(message, options) {
      await client.send(telemetryToWire(message), options);
    },
  };
}
