/** hclog's JSON lines: how go-plugin's plugins log on their standard error. */

import { isDeeperThan } from "../../src/values/depth.ts";
import { isRecord } from "../../src/values/record.ts";
import { readCallSite } from "../logs/call-site.ts";
import { logLevels } from "../logs/log.ts";
import { cutMark, maxEntryChars, maxFieldDepth, maxLineLength, plainEntry } from "../logs/plain-entry.ts";
import type { LogEntry, LogLevel } from "../plugin.ts";
import { readMembers } from "./members.ts";

/**
 * One line, with its end, short enough for go-plugin's hosts to read it as one. The three fields that hclog reads are always texts: a
 * host in Go panics over anything else. The timestamp has six digits after the point, or the host loses the line's structure.
 */
export function formatLogLine(entry: LogEntry): string {
  for (let most = maxEntryChars; ; most /= 2) {
    const line = write(plainEntry(entry, most).entry);
    // Escapes and letters of several bytes make a line longer than its characters are.
    if (most < 1024 || Buffer.byteLength(line) < maxLineLength) return line;
  }
}

function write({ level, message, time, fields, source, caller, stacktrace }: LogEntry): string {
  return `${JSON.stringify({
    "@level": level,
    "@message": message,
    "@timestamp": new Date(time).toISOString().replace("Z", "000Z"),
    ...(source === "log" ? {} : { "@source": source }),
    // Undefined is no key in JSON. These two names are zap's, as Chainlink's plugins have them; as there, a field of the same name is
    // what a reader gets: nothing that a plugin says is lost.
    caller,
    stacktrace,
    ...Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith("@"))),
  })}\n`;
}

/** Levels beyond go-plugin's, as Chainlink's logger writes them. */
const otherLevels: ReadonlyMap<string, LogLevel> = new Map([
  ["critical", "error"],
  ["dpanic", "error"],
  ["panic", "error"],
  ["fatal", "error"],
]);

/**
 * Reads the lines of one plugin's standard error, in their order. Anything is a line: what has no structure is text. From a
 * line on that tells of a panic in Go, all text is an error: it is the panic's stack.
 */
export function createLogReader(): (line: string) => LogEntry {
  let panicking = false;
  return (line) => {
    const structured = isStructured(line) ? parseJson(line) : undefined;
    if (structured !== undefined) return structured;
    panicking ||= /^(panic|fatal error): /.test(line);
    return parseText(line, panicking ? "error" : "debug");
  };
}

/** Whether a line has a structure of which the beginning says most. */
export function isStructured(line: string): boolean {
  return line.startsWith("{");
}

function parseJson(line: string): LogEntry | undefined {
  const value = readObject(line);
  if (value === undefined) return undefined;
  const { "@level": level, "@message": message, "@timestamp": timestamp, "@source": source, ...rest } = value;
  if (typeof level !== "string" || typeof message !== "string") return undefined;
  const known = logLevels.find((one) => one === level) ?? otherLevels.get(level);
  if (known === undefined) return undefined;
  const site = readCallSite(rest);
  const time = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return {
    level: known,
    message,
    time: Number.isNaN(time) ? Date.now() : time,
    fields: Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(site, name))),
    source: source === "console" || source === "stdout" || source === "stderr" ? source : "log",
    ...site,
  };
}

function readObject(line: string): Record<string, unknown> | undefined {
  try {
    // A line that was cut has no end, and one that is nested deeply costs much time to read and to write.
    const isCut = line.length > maxLineLength && line.endsWith(cutMark);
    if (isCut) return readMembers(line.slice(0, -cutMark.length), maxFieldDepth);
    if (isDeeperThan(line, maxFieldDepth + 1)) return readMembers(line, maxFieldDepth);
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseText(line: string, otherwise: LogLevel): LogEntry {
  const tag = /^\[(TRACE|DEBUG|INFO|WARN|ERROR)\]/.exec(line)?.[1]?.toLowerCase();
  const level = logLevels.find((one) => one === tag) ?? otherwise;
  return { level, message: line, time: Date.now(), fields: {}, source: "stderr" };
}
