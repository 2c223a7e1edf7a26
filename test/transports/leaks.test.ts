/** What is done often must cost nothing in the end: descriptors, threads, processes, sockets, directories, timers, handles. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runtimeName } from "../../src/values/platform.ts";
import { full } from "../full.ts";
import { program } from "./support.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "leaks-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Measured {
  readonly before: unknown;
  readonly after: unknown;
  readonly grown: { readonly heapBytes: number; readonly threads: number };
}

async function measure(transport: string, action: string, times: number): Promise<Measured> {
  const { command, args } = program("leaks.ts", transport, action, String(times));
  const collectable = { node: ["--expose-gc"], deno: ["run", "--v8-flags=--expose-gc"], bun: [] }[runtimeName];
  const withGc = [...collectable, ...(runtimeName === "deno" ? args.slice(1) : args)];
  // In a process of its own: what other tests hold must not be counted.
  const { stdout } = await promisify(execFile)(command, withGc, { env: { ...process.env, XDG_RUNTIME_DIR: folder } });
  return JSON.parse(stdout);
}

/** Runtimes keep a few threads for later, more or fewer; one for each instance or connection would be more than that. */
const spareThreads = 14;
const megabyte = 1024 * 1024;

describe.each([
  ["worker", full ? 200 : 24],
  ["process", full ? 200 : 16],
] as const)("nothing is left on the %s transport", (transport, instances) => {
  it.each([
    ["instances of a plugin", "launched", instances],
    ["connections that the host served and the plugin dialled", "brokered", full ? 2000 : 500],
    ["connections that the plugin served and the host dialled", "dialled", full ? 2000 : 500],
    ["calls that were cancelled", "cancelled", 500],
    ["calls that took too long", "late", 200],
    ["streams that were broken off", "broken", 600],
    ["streams that were cancelled and not read", "abandoned", 200],
  ])("of %s", async (_, action, times) => {
    const { before, after, grown } = await measure(transport, action, times);
    expect(after).toEqual(before);
    expect(grown.threads).toBeLessThanOrEqual(spareThreads);
    if (action === "launched") expect(readdirSync(folder)).toEqual([]);
    else expect(grown.heapBytes).toBeLessThan(3 * megabyte);
  });
});
