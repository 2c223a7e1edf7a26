/** Loggers make entries; where the entries go is decided elsewhere. */

import { textOf } from "../../src/values/text.ts";
import type { LogEntry, LogFields, Logger, LogLevel } from "../plugin.ts";
import { callSiteOf } from "./call-site.ts";

/** From the least to the most important. */
export const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

export function createLogger(emit: (entry: LogEntry) => void, fixed: LogFields = {}): Logger {
  const at = (level: LogLevel) => {
    const log = (message: string, fields?: LogFields) =>
      emit({
        level,
        message: textOf(message),
        time: Date.now(),
        fields: fields === undefined ? fixed : { ...fixed, ...fields },
        source: "log",
        ...callSiteOf(log, level === "error"),
      });
    return log;
  };
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => createLogger(emit, { ...fixed, ...fields }),
  };
}
