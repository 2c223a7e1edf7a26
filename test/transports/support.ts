/** What the tests of the transports share: launches, fixture programs, and what `/proc` says. */
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Client } from "@connectrpc/connect";
import type { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { type RuntimeName, runtimeName } from "../../src/values/platform.ts";
import { defaultHandshake, type LogEntry } from "../../transports/plugin.ts";
import type { Launch } from "../../transports/transport.ts";

export const guestProgram = new URL("../../src/guest/program.ts", import.meta.url);

/** The transport suite's own plugins, which other tests use as well. */
const ofSuite = ["conformance", "setup-throws", "setup-hangs", "not-a"];

export const pluginUrl = (name: string) =>
  new URL(
    `${ofSuite.includes(name) ? "../../src/testing/conformance" : "./plugins"}/${name}.plugin.ts`,
    import.meta.url,
  );

export function createLaunch(order: Partial<Launch> = {}): Launch {
  return {
    name: "subject",
    generation: 1,
    config: undefined,
    handshake: defaultHandshake,
    guestProgram,
    signal: AbortSignal.timeout(60_000),
    onLog: () => {},
    ...order,
  };
}

/** What starts a program of the folder `programs` on the runtime that the test runs on. */
export function program(name: string, ...args: string[]): { command: string; args: string[] } {
  return programOn(runtimeName, name, ...args);
}

export function programOn(runtime: RuntimeName, name: string, ...args: string[]): { command: string; args: string[] } {
  const file = fileURLToPath(new URL(`./programs/${name}`, import.meta.url));
  const run = runtime === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
  return { command: runtime === runtimeName ? process.execPath : runtime, args: [...run, file, ...args] };
}

/**
 * Gives up so many calls that a connection to a process is renewed (it is after 50), as it is sooner or later in use. The first one stays
 * for the broker's stream: what counts descriptors begins from there.
 */
export async function renewConnection(client: Client<typeof Conformance>): Promise<void> {
  // Streams that the plugin has begun and will not end: a call that is given up before it is sent does not count.
  const giveUp = async () => {
    for await (const _ of client.serverStream({ count: 1000, delayMs: 1 })) break;
  };
  for (let round = 0; round < 9; round++) await Promise.all(Array.from({ length: 10 }, giveUp));
}

/** The letter that the kernel gives a process's state; `undefined` when there is none with that id. */
function processState(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  } catch {
    return undefined;
  }
}

/** A zombie does not run any more; it only waits for somebody to read how it ended. */
export function isRunning(pid: number): boolean {
  const state = processState(pid);
  return state !== undefined && state !== "Z" && state !== "X";
}

/**
 * Seconds to sleep that are nobody else's: they are known again on a command line. Test files may be threads of one process, so its
 * number would not do, and no such text may be the beginning of another.
 */
export function uniqueSeconds(): string {
  return `1000.${randomInt(1e14, 2e14)}`;
}

/** Ids of the running processes whose command line holds a text. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text) && isRunning(pid);
      } catch {
        return false;
      }
    });
}

/** Collects a log. */
export function createLog(): { entries: LogEntry[]; onLog(entry: LogEntry): void; has(text: string): boolean } {
  const entries: LogEntry[] = [];
  return {
    entries,
    onLog: (entry) => entries.push(entry),
    has: (text) => entries.some(({ message }) => message.includes(text)),
  };
}
