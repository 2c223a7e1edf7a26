/** Runs what a page tells its reader to run. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runtimeName } from "../../src/values/platform.ts";
import { root } from "./blocks.ts";

const limitMs = 50_000;

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Readonly<
  Record<"scripts" | "dependencies" | "devDependencies", Readonly<Record<string, string>>>
>;
export const { scripts } = manifest;
export const packages: readonly string[] = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** A reader's environment: without settings for a node, and with the runtimes that the packages bring. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CL_|LOOPP_|PLUGIN_|VITEST|NODE_OPTIONS)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`,
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly ran: Promise<Ran>;
  output(): string;
  /** Resolves when the output matches. @throws Error with the output, when it never will */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
}

function run(command: string, args: readonly string[], cwd: string): Running {
  const child = spawn(command, args, { cwd, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const watchers = new Set<() => void>();
  const take = (chunk: Buffer) => {
    output += chunk.toString();
    for (const watcher of watchers) watcher();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const ran = new Promise<Ran>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  }).finally(() => clearTimeout(limit));
  ran.catch(() => {});
  return {
    child,
    ran,
    output: () => output,
    seen(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = () => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
      };
      watchers.add(look);
      ran.then(() => reject(new Error(`It ended without ${pattern}:\n${output}`)), reject);
      look();
      return promise.finally(() => watchers.delete(look));
    },
  };
}

/** Runs a program of the repository on the runtime of the test. Words that are files of the repository are found there. */
export function runProgram(words: readonly string[], cwd: string): Promise<Ran> {
  const flags = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
  const args = words.map((word) => (existsSync(join(root, word)) ? join(root, word) : word));
  return run(process.execPath, [...flags, ...args], cwd).ran;
}

/** Runs a test framework in the repository, as its reader does. */
export function runTests(program: string, words: readonly string[]): Promise<Ran> {
  return run(program, words, root).ran;
}

export interface RunningNode extends AsyncDisposable {
  readonly port: string;
  output(): string;
  /** Ends it as Ctrl-C does. */
  end(): Promise<Ran>;
}

/** Runs `bun run node` on any free port and resolves after the first round. */
export async function startNode(flags: readonly string[]): Promise<RunningNode> {
  const { child, ran, output, seen } = run("bun", ["run", "node", "--http-port", "0", ...flags], root);
  const [, port = ""] = await seen(/(?:^|"msg":")http:\/\/[\d.]+:(\d+)\/(?:$|")/m);
  await seen(/ round \d+\/\d+ .*transmitted\n|"outcome":"transmitted"/);
  const end = () => {
    // Not `child.kill`: on Deno a process that was sent a signal by it counts as ended by it, whatever it made of it.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(child.pid, "SIGINT");
    return ran;
  };
  return {
    port,
    output,
    end,
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}

/** `curl [-X METHOD] [-d BODY] URL`, against the port at which the node really listens. */
export function curl(command: string, port: string): Promise<Response> {
  const { method, body, host, path } =
    /^curl(?: -X (?<method>\w+))?(?: -d '(?<body>[^']*)')? http:\/\/(?<host>[^/]+)(?<path>\/\S*)$/.exec(command)
      ?.groups ?? {};
  if (host !== "127.0.0.1:6688") throw new Error(`The page has a curl that no test understands: ${command}`);
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: method ?? "GET",
    signal: AbortSignal.timeout(limitMs),
    ...(body === undefined ? {} : { body }),
  });
}

/** A line without what differs from run to run: the widths of columns and, where told so, numbers. */
export function comparable(line: string, { numbers }: { numbers: boolean }): string {
  const text = line.trim().replace(/\s+/g, " ");
  return numbers ? text : text.replace(/\d+/g, "0");
}
