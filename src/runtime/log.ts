/** Plugins' log lines on standard error, for runtimes without an `onLog`. */
import { logLevels } from "../../transports/logs/log.ts";
import { plainEntry } from "../../transports/logs/plain-entry.ts";
import type { LogEntry, LogLevel } from "../../transports/plugin.ts";
import { printable, printableJson } from "../values/printable.ts";
import { createOutput, type Output } from "./output.ts";

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

/**
 * One line of JSON, with the keys that a Chainlink node writes: `level`, `ts`, `logger`, `caller`, `msg`, then the fields, `stacktrace`. A
 * field of one of these names gets `field.` before its own.
 */
export function formatJsonLog({ plugin, generation, ...rest }: PluginLogLine): string {
  const { time, level, message, fields, source, caller, stacktrace } = plainEntry(rest).entry;
  const { logger, ...others } = fields;
  // As in Chainlink's hosts, the name that a plugin's logger has stands behind the plugin's.
  const isNamed = typeof logger === "string" && logger !== "";
  const known = {
    level,
    ts: new Date(time).toISOString(),
    logger: isNamed ? `${plugin}.${logger}` : plugin,
    // Undefined is no key in JSON.
    caller,
    msg: message,
    generation: generation === 0 ? undefined : generation,
    source: source === "log" || source === "host" ? undefined : source,
  };
  const given = Object.entries(isNamed ? others : fields).map(([name, value]) => {
    return [Object.hasOwn(known, name) || name === "stacktrace" ? `field.${name}` : name, value];
  });
  return printableJson(JSON.stringify({ ...known, ...Object.fromEntries(given), stacktrace }));
}

/** In quotes where it would not be seen where it ends. */
function word(value: unknown): string {
  return typeof value === "string" && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

/** Whether a line of this level is shown when everything from `least` on is. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(least);
}

/** Where lines about the host itself come from. */
export const hostLine = { generation: 0, source: "host", fields: {} } as const;

/** The note about lines that were not read, in the place where they would be. */
export function droppedLine(dropped: number, plugin: string): PluginLogLine {
  return {
    ...hostLine,
    plugin,
    level: "warn",
    message: `${dropped} lines were dropped: nothing read them`,
    time: Date.now(),
  };
}

/** Of a program that embeds the runtime. */
export const standardError: Output = createOutput("stderr", (dropped) => formatLog(droppedLine(dropped, "host")));

export function printLog(line: PluginLogLine): void {
  if (isAtLeast(line.level, "info")) standardError.print(formatLog(line));
}
