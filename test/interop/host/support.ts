/** Runs the hosts of `2024/host` and `2026/host`: a scenario with a plugin, and what the host wrote of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { until } from "../../../src/testing/until.ts";
import { ignore } from "../../../transports/calls/iterables.ts";
import { type PeerName, peer } from "../peers.ts";

export const hosts = ["host-2024", "host-2026"] as const satisfies readonly PeerName[];
export type HostName = (typeof hosts)[number];

/** The first only where pkg/loop knows deviation functions: in 2026. */
export type Scenario =
  | "deviation"
  | "full-round"
  | "goodbye"
  | "measured"
  | "median"
  | "product"
  | "relayer"
  | "relayers"
  | "serving"
  | "twice";

export interface HostOptions {
  /** The host's own options, such as `-texts`. */
  readonly flags?: readonly string[];
  /** What the plugin finds in its environment beside what the host gives it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called while the scenarios `serving` and `measured` wait; they go on when this resolves. */
  readonly meanwhile?: (host: RunningHost) => Promise<unknown>;
}

export interface RunningHost {
  readonly pid: number;
  /** What has come to standard error so far. */
  readonly stderr: () => string;
}

export interface HostRun {
  /** `step: value`, in order. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** How a host starts one of our plugins: by the runtime that the test runs on, without PATH. */
export function served(plugin: string | URL): readonly string[] {
  const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
  const module =
    typeof plugin === "string" ? new URL(`../../../src/plugins/${plugin}/plugin.ts`, import.meta.url) : plugin;
  return [process.execPath, main, "serve", fileURLToPath(module)];
}

/**
 * Runs a scenario to its end. Host and plugin have no environment but the one that is said.
 * @throws Error with what the host wrote when it fails
 */
export async function runHost(
  host: HostName,
  scenario: Scenario,
  command: readonly string[],
  { flags = [], env = {}, meanwhile }: HostOptions = {},
): Promise<HostRun> {
  const given = Object.entries(env).flatMap(([name, value]) => ["-env", `${name}=${value}`]);
  const child = spawn(await peer(host), [...flags, ...given, scenario, ...command], {
    env: {},
    stdio: ["pipe", "pipe", "pipe"],
    // With all that it starts, it is one group: of a test that is given up nothing stays.
    detached: true,
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  try {
    if (meanwhile !== undefined) {
      await until("the host waits", () => /^(ping|ready): /m.test(output.stdout) || child.exitCode !== null);
      await meanwhile({ pid: child.pid ?? 0, stderr: () => output.stderr });
    }
    child.stdin.on("error", ignore).end();
    const code = await exited;
    if (code !== 0) throw new Error(`The host ended with ${code}:\n${output.stdout}\n${output.stderr}`);
    return { lines: output.stdout.trimEnd().split("\n"), stderr: output.stderr };
  } finally {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, "SIGKILL");
  }
}

/** One that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Begins for all hosts when the first is asked for: most of what they do is waiting. */
export function onAllHosts<T>(run: (host: HostName) => Promise<T>): (host: HostName) => Promise<T> {
  let running: ReadonlyMap<HostName, Promise<T>> | undefined;
  return async (host) => {
    running ??= new Map(
      hosts.map((name) => {
        const promise = run(name);
        promise.catch(ignore);
        return [name, promise];
      }),
    );
    return running.get(host) ?? run(host);
  };
}

/** The step of a line. */
export function stepOf(line: string): string {
  return line.slice(0, line.indexOf(": "));
}

/** What of a transcript belongs to which check: the first whose pattern fits a line. What belongs to none is under "nothing". */
export function linesOf(
  checks: readonly (readonly [name: string, pattern: RegExp])[],
  lines: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(lines, (line) => checks.find(([, pattern]) => pattern.test(line))?.[0] ?? "nothing");
}
