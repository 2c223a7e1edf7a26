/** What host and guest tell each other beside calls: plain objects on the same channel, with a brand of their own. */
import { isRecord } from "../../src/values/record.ts";
import { readCallSite } from "../logs/call-site.ts";
import { logLevels } from "../logs/log.ts";
import type { Handshake, LogEntry, LogLevel } from "../plugin.ts";
import type { PluginFacts } from "../transport.ts";
import { FrameError } from "./frames.ts";

export type FromHost =
  | ({ readonly type: "begin" } & GuestTask)
  | { readonly type: "stop" }
  /** So many lines of the plugin's log were taken. */
  | { readonly type: "logged"; readonly count: number }
  | Announcement;

export type FromGuest =
  | { readonly type: "ready"; readonly facts: PluginFacts }
  | { readonly type: "failed"; readonly code: "launch-failed" | "handshake-failed"; readonly message: string }
  | { readonly type: "log"; readonly entry: LogEntry }
  /** An uncaught error; the plugin's thread or process ends after it. */
  | { readonly type: "crashed"; readonly message: string }
  /** `process.exit` was called in the plugin. */
  | { readonly type: "exiting"; readonly code: number }
  | Announcement;

/** A brokered server of the sender. */
export type Announcement =
  | { readonly type: "serve"; readonly id: number }
  | { readonly type: "unserve"; readonly id: number };

/** What an instance begins with, once. */
export interface GuestTask {
  /** URL of the plugin's module. */
  readonly plugin: string;
  /** URL of a module with a guest program. */
  readonly guestProgram: string;
  readonly config: unknown;
  readonly handshake: Handshake;
  readonly maxMessageBytes: number;
  /** How many threads there are for the plugin's calls, of which this is one. */
  readonly threads: number;
}

export function brand<Message extends FromHost | FromGuest>(message: Message): Message & { loopp: 1 } {
  return { loopp: 1, ...message };
}

/**
 * Reads what a host sent. A message without the brand is not ours and gives `undefined`.
 * @throws FrameError for a message that has the brand and not the form
 */
export function readFromHost(value: unknown): FromHost | undefined {
  const message = branded(value);
  if (message === undefined) return undefined;
  switch (message.type) {
    case "stop":
      return { type: "stop" };
    case "begin":
      return { type: "begin", ...guestTask(message) };
    case "logged":
      return { type: "logged", count: integer(message.count) };
    default:
      return announcement(message);
  }
}

/** Reads what a guest sent; as {@link readFromHost}. */
export function readFromGuest(value: unknown): FromGuest | undefined {
  const message = branded(value);
  if (message === undefined) return undefined;
  switch (message.type) {
    case "ready":
      return { type: "ready", facts: pluginFacts(message.facts) };
    case "failed":
      return {
        type: "failed",
        code: message.code === "handshake-failed" ? "handshake-failed" : "launch-failed",
        message: text(message.message),
      };
    case "log":
      return { type: "log", entry: logEntry(message.entry) };
    case "crashed":
      return { type: "crashed", message: text(message.message) };
    case "exiting":
      return { type: "exiting", code: integer(message.code) };
    default:
      return announcement(message);
  }
}

type Loose = { readonly type: string } & Record<string, unknown>;

function branded(value: unknown): Loose | undefined {
  if (!isRecord(value) || value.loopp !== 1) return undefined;
  if (typeof value.type !== "string") throw new FrameError("Cannot read a control message: it has no type");
  return { ...value, type: value.type };
}

function guestTask({ plugin, guestProgram, config, handshake, maxMessageBytes, threads }: Loose): GuestTask {
  const { cookieKey, cookieValue, protocolVersions } = isRecord(handshake) ? handshake : {};
  return {
    plugin: text(plugin),
    guestProgram: text(guestProgram),
    config,
    handshake: {
      cookieKey: text(cookieKey),
      cookieValue: text(cookieValue),
      protocolVersions: Array.isArray(protocolVersions) ? protocolVersions.map(integer) : [],
    },
    maxMessageBytes: integer(maxMessageBytes),
    threads: integer(threads),
  };
}

function pluginFacts(value: unknown): PluginFacts {
  const { pid, threadId, protocolVersion } = isRecord(value) ? value : {};
  return {
    protocolVersion: integer(protocolVersion),
    ...(pid === undefined ? {} : { pid: integer(pid) }),
    ...(threadId === undefined ? {} : { threadId: integer(threadId) }),
  };
}

function announcement({ type, id }: Loose): Announcement {
  if (type !== "serve" && type !== "unserve") throw new FrameError(`Cannot read a control message of type "${type}"`);
  return { type, id: integer(id) };
}

function integer(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new FrameError("Cannot read a control message: a number is missing");
  return Number(value);
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new FrameError("Cannot read a control message: a string is missing");
  return value;
}

/** Whether a Date can be made of it. */
function isTime(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime());
}

function logEntry(value: unknown): LogEntry {
  if (!isRecord(value)) throw new FrameError("Cannot read a log entry: it is not an object");
  const { level, message, time, fields, source } = value;
  return {
    level: logLevels.includes(level as LogLevel) ? (level as LogLevel) : "info",
    message: text(message),
    time: isTime(time) ? time : Date.now(),
    fields: isRecord(fields) ? fields : {},
    source: source === "console" || source === "stdout" || source === "stderr" ? source : "log",
    ...readCallSite(value),
  };
}
