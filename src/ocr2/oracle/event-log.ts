/** Writes the engine's events to the log. */
import type { Logger } from "../../../transports/plugin.ts";
import type { ReportTimestamp } from "../../loop/types.ts";
import { toHex } from "../../values/bytes.ts";
import type { OracleEvent } from "./engine.ts";

export function describeEvent(log: Logger, event: OracleEvent): void {
  switch (event.type) {
    case "config-switched": {
      const { oracleId, n, f, configCount } = event;
      const configDigest = toHex(event.configDigest);
      return log.info("A config is in force", { configDigest, configCount: String(configCount), oracleId, n, f });
    }
    case "config-refused":
      return log.error(event.error.message, { configDigest: toHex(event.configDigest) });
    case "plugin-started":
      return log.info("The reporting plugin has started", { configDigest: toHex(event.configDigest) });
    case "failed": {
      const time = event.timestamp && timeOf(event.timestamp);
      return log.warn(event.error.message, { phase: event.phase, ...time });
    }
    case "declined":
      return log.debug("The plugin declined", { phase: event.phase, ...timeOf(event.timestamp) });
    default:
      return log.debug(`Oracle: ${event.type}`, timeOf(event.timestamp));
  }
}

function timeOf({ epoch, round }: ReportTimestamp) {
  return { epoch, round };
}
