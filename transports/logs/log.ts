/** Loggers make entries; where the entries go is decided elsewhere. */

import { errorText } from "../../src/values/error-text.ts";
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

/** A field's value as it can be written: JSON where it is JSON already, text for the rest. */
export function plainFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "object":
      if (value === null) return null;
      if (value instanceof Error) return errorText(value);
      try {
        return JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? inner.toString() : inner)));
      } catch {
        return textOf(value);
      }
    default:
      return textOf(value);
  }
}
