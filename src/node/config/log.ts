/** What of a node's log is printed, and how. */
import { logLevels } from "../../../transports/logs/log.ts";
import type { LogLevel } from "../../../transports/plugin.ts";
import { oneOf } from "../../settings/fields.ts";
import { table, type ValueOf } from "../../settings/schema.ts";
import { type Reading, readSection } from "./reading.ts";

export const logFormats = ["text", "json"] as const;

export interface LogConfig {
  /** The least level that is printed. */
  readonly level: LogLevel;
  /** "json": one object a line, with a Chainlink node's keys. */
  readonly format: (typeof logFormats)[number];
}

export const logSchema = table({ level: oneOf(logLevels).optional(), format: oneOf(logFormats).optional() });

/** @param flagged the values of flags */
export function readLog(
  reading: Reading,
  section: ValueOf<typeof logSchema> | undefined,
  flagged: { readonly [Key in keyof LogConfig]: LogConfig[Key] | undefined },
): LogConfig {
  return readSection<LogConfig>(reading, "log", section, { level: "info", format: "text" }, flagged);
}
