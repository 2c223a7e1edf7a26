/** Plugins' log lines on standard error, for runtimes without an `onLog`. */
import { logLevels } from "../../transports/logs/log.ts";
import { plainEntry } from "../../transports/logs/plain-entry.ts";
import type { LogEntry, LogLevel } from "../../transports/plugin.ts";
import { printable } from "../values/printable.ts";

/** A line of a plugin, or of the host about it (`source` "host"). */
export interface PluginLogLine extends LogEntry {
  readonly plugin: string;
  readonly generation: number;
}

/** `12:00:01.250 INFO  median#2 round done answer=42`, on one line whatever is in it. From warnings on, it also names the place in the code. */
export function formatLog({ plugin, generation, ...rest }: PluginLogLine): string {
  const { time, level, message, fields, caller } = plainEntry(rest).entry;
  const clock = new Date(time).toISOString().slice(11, 23);
  const shown = caller !== undefined && isAtLeast(level, "warn") ? { ...fields, caller } : fields;
  const extra = Object.entries(shown).map(([name, value]) => ` ${word(name)}=${word(value)}`);
  return printable(`${clock} ${level.toUpperCase().padEnd(5)} ${plugin}#${generation} ${message}${extra.join("")}`);
}

/** In quotes where it would not be seen where it ends. */
function word(value: unknown): string {
  return typeof value === "string" && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** Whether a line of this level is shown when everything from `least` on is. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(least);
}

export function printLog(line: PluginLogLine): void {
  if (isAtLeast(line.level, "info")) process.stderr.write(`${formatLog(line)}\n`);
}
