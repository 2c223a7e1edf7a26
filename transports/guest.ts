/**
 * The seam inside a plugin. A transport prepares what the plugin needs (a port, a socket, or nothing at all) and hands it to
 * the guest program, which turns the plugin module into something that can be called. The transports' own guest.ts files
 * know this seam and not the program; src/guest holds the program.
 */
import type { Broker } from "./broker.ts";
import type { Answers, Routes } from "./connection.ts";
import type { Handshake, LogEntry, PluginModule } from "./plugin.ts";

/** A module with a guest program exports it under this name. */
export interface GuestProgramModule {
  readonly guestProgram: GuestProgram;
}

export type GuestProgram = (setup: GuestSetup) => Promise<Guest>;

/** What the transport has made ready. */
export interface GuestSetup {
  readonly plugin: PluginModule;
  /** As the host wrote it, unchecked. */
  readonly config: unknown;
  readonly broker: Broker;
  readonly protocolVersion: number;
  /** What keeps the plugin from being whole although it answers; see PluginInstance in transport.ts. */
  readonly fault?: () => Promise<string | undefined>;
  /** Aborts when the plugin is to end. */
  readonly signal: AbortSignal;
  /** Whether the plugin has a process of its own, so that `process_*` metrics are its own. */
  readonly ownProcess: boolean;
  /** Whether it has a thread of its own in a process that is not, so that what the thread uses is its own. */
  readonly ownThread: boolean;
  log(entry: LogEntry): void;
}

/** A plugin that has been set up. */
export interface Guest {
  /**
   * Answers the calls of the main connection: the plugin's own services and those that every plugin has.
   * @param more services of the transport's own
   * @throws RangeError when two implementations are registered for one method
   */
  answer(more?: Routes): Answers;
  /** Shuts the plugin down gracefully. */
  dispose(): Promise<void>;
}

/**
 * The version that both sides speak, the highest of them.
 * @throws RangeError that names both lists
 */
export function negotiateVersion(host: readonly number[], plugin: readonly number[]): number {
  const common = plugin.filter((version) => host.includes(version));
  if (common.length === 0) {
    throw new RangeError(
      `Cannot agree on a protocol version: the host speaks ${host.join(", ")}, the plugin ${plugin.join(", ")}`,
    );
  }
  return Math.max(...common);
}

/**
 * Refuses a host that means another plugin.
 * @throws RangeError that names the cookie's key and the module's expectation
 */
export function checkCookie(host: Handshake, plugin: Handshake): void {
  if (host.cookieKey !== plugin.cookieKey || host.cookieValue !== plugin.cookieValue) {
    throw new RangeError(
      `Cannot use the plugin: it expects the handshake cookie ${plugin.cookieKey}, the host offers ${host.cookieKey}; ` +
        "set the plugin's `handshake` option to the one that the plugin module exports",
    );
  }
}

/**
 * Refuses to be one of several threads of a plugin that is not made for it.
 * @throws TypeError that says what to do
 */
export function checkThreads({ stateless }: PluginModule, threads: number): void {
  if (threads > 1 && stateless !== true) {
    throw new TypeError(
      `Cannot run the plugin on ${threads} threads: it may keep something between calls that a later call needs, and that may come to ` +
        "another thread; set `stateless: true` in its definePlugin() if it keeps nothing, or leave out `threads`",
    );
  }
}

/** Loads a plugin module. @throws TypeError when its default export is not a plugin */
export async function loadPlugin(url: string): Promise<PluginModule> {
  const loaded: { default?: unknown } = await import(url);
  if (!isPluginModule(loaded.default)) {
    throw new TypeError(`Cannot use ${url} as a plugin: its default export is not made by definePlugin()`);
  }
  return loaded.default;
}

export function isPluginModule(value: unknown): value is PluginModule {
  return typeof value === "object" && value !== null && "setup" in value && typeof value.setup === "function";
}
