/**
 * The contract of a transport: where a plugin runs and how calls reach it. Three layers meet here: a
 * {@link PluginTransport} is a way to run plugins, a {@link PluginInstance} is what one launch made of one plugin, and a
 * {@link Connection} is what calls go over. Nothing in this folder knows Chainlink, supervision, Prometheus or HTTP servers.
 */
import { isRecord } from "../src/values/record.ts";
import type { Broker } from "./broker.ts";
import type { Connection } from "./connection.ts";
import { isStandardSchema, type StandardSchemaV1 } from "./options/standard-schema.ts";
import type { Handshake, LogEntry, PluginModule } from "./plugin.ts";

/** A way to run plugins. One object serves any number of plugins. */
export interface PluginTransport<Spec = unknown> {
  /** The name that a flag or a config file uses: "in-process", "worker", "process", or one of your own. */
  readonly kind: string;
  /** What this transport can do on this runtime, as data: suites skip by it and documentation is made from it. */
  readonly capabilities: TransportCapabilities;
  /**
   * Checks what is written about a plugin for this transport, and makes of it what {@link launch} is given for each of the plugin's
   * instances. Any Standard Schema that answers at once, not with a promise; its sentences begin in lower case, as all that has a path
   * before it. Of several mistakes, the first is what a program is told; a node tells all of them, each with its line.
   */
  readonly options: StandardSchemaV1<TransportOptions, Spec>;
  /**
   * Makes an instance of a plugin and resolves when it can be called.
   * @throws LaunchError
   */
  launch(spec: Spec, launch: Launch): Promise<PluginInstance>;
}

export function isPluginTransport(value: unknown): value is PluginTransport {
  return (
    isRecord(value) &&
    typeof value.kind === "string" &&
    isRecord(value.capabilities) &&
    typeof value.launch === "function" &&
    isStandardSchema(value.options)
  );
}

/** Where a plugin's code is: the URL of a module, the module itself (in-process only), or nothing but a command. */
export type PluginSource = URL | PluginModule | undefined;

/** What is written about one plugin for one transport. */
export interface TransportOptions {
  readonly module?: PluginSource;
  /** What stands under the transport's kind, as it is written; `undefined` for nothing. */
  readonly options?: unknown;
}

export interface TransportCapabilities {
  /** What stands between the host and the plugin. */
  readonly boundary: "none" | "thread" | "process";
  /** Whether a plugin that blocks its event loop can still be ended. */
  readonly preemptible: boolean;
  /** Whether a memory limit ends the plugin and leaves the host alone, as far as the runtime can; on a thread that is not always. */
  readonly memoryLimit: boolean;
  /** Whether the plugin may be written in another language. */
  readonly crossLanguage: boolean;
  /** Whether what the plugin prints on its console reaches the host's log. */
  readonly capturesConsole: boolean;
}

/** The order to make an instance: all that a transport is told about it. */
export interface Launch {
  /** The plugin's name, for messages only. */
  readonly name: string;
  /** 1 for a plugin's first instance, one more for each further one. */
  readonly generation: number;
  /** Handed to the plugin as it is; must survive `JSON.stringify` on a transport with a boundary. */
  readonly config: unknown;
  readonly handshake: Handshake;
  /** A module that exports `guestProgram` (see guest.ts), which sets the plugin up wherever it runs. */
  readonly guestProgram: URL;
  /** Aborts a launch that is still under way; without effect after that. */
  readonly signal: AbortSignal;
  /** Longest message, in bytes, that either side of a boundary takes. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  onLog(entry: LogEntry): void;
}

/** What one launch made. It ends once and is never started again. */
export interface PluginInstance extends Connection {
  readonly broker: Broker;
  readonly facts: PluginFacts;
  /** Aborts when the instance has ended; the reason is the ConnectError by which its calls end. */
  readonly ended: AbortSignal;
  /** How it ended: settles once, with {@link ended}, when nothing of the instance is left. Never rejects. */
  readonly exited: Promise<PluginExit>;
  /**
   * What keeps the instance from working although its plugin answers, in one line; `undefined` where nothing does. Asked at each health
   * check. Never rejects. Left out where there is no such thing.
   */
  fault?(): Promise<string | undefined>;
  /** Asks the plugin to end, waits `graceMs` for it, then ends it by force. */
  stop(options: { graceMs: number; reason?: ExitReason }): Promise<PluginExit>;
  /** Ends it by force, now. */
  kill(reason?: ExitReason): void;
}

export interface PluginFacts {
  readonly pid?: number;
  readonly threadId?: number;
  /** The application protocol version that host and plugin agreed on. */
  readonly protocolVersion: number;
}

/** Why an instance ended: a closed list. */
export type ExitReason =
  /** It was asked to end, and did. */
  | "clean"
  /** It ended by itself and without an error, which nothing had asked for. */
  | "exited"
  | "crashed"
  | "killed"
  | "out-of-memory"
  | "unresponsive"
  | "protocol-error"
  | "replaced"
  | "host-stopped";

export interface PluginExit {
  readonly reason: ExitReason;
  /** Exit code of a process or thread, where there is one. */
  readonly code?: number;
  /** The signal that ended a process, such as "SIGKILL". */
  readonly signal?: string;
  /** What went wrong in one line, where something did. */
  readonly message?: string;
  /** The last lines that the plugin wrote to its standard error, oldest first. */
  readonly lastStderr: readonly string[];
}

/** A plugin that did not start. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
  readonly code: "launch-failed" | "handshake-failed" | "checksum-mismatch";
  /** The last lines that the plugin wrote to its standard error, oldest first. */
  readonly lastStderr: readonly string[];

  constructor(
    code: LaunchError["code"],
    message: string,
    options: { cause?: unknown; lastStderr?: readonly string[] } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.code = code;
    this.lastStderr = options.lastStderr ?? [];
  }
}

/** The default for {@link Launch.maxMessageBytes}. */
export const defaultMaxMessageBytes = 64 * 1024 * 1024;
