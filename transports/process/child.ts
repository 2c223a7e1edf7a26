/** A child process with all that belongs to it: its group, its outputs line by line, and one end. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { createLineSplitter } from "../console.ts";
import { killGroup } from "./process-state.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether the kernel ends the child with this process, where it can. For programs that do not watch their host themselves. */
  readonly endWithHost: boolean;
  onStdoutLine(line: string): void;
  onStderrLine(line: string): void;
}

export interface ChildExit {
  readonly code?: number;
  readonly signal?: string;
  /** The child could not be started at all. */
  readonly error?: Error;
}

export interface Child {
  readonly pid: number | undefined;
  /** Settles once, after the last lines of both outputs. Never rejects. */
  readonly exited: Promise<ChildExit>;
  kill(): void;
}

/** How long the outputs may stay open after the exit: a grandchild can hold them for ever. */
const outputGraceMs = 500;

export function startChild(options: ChildOptions): Child {
  const { command, args } = options.endWithHost ? endingWithHost(options) : options;
  const child = spawn(command, [...args], {
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: what the plugin starts ends with it, and a Ctrl-C for the host is the host's to pass on.
    detached: true,
  });
  const outputs = Promise.all([
    readLines(child.stdout, options.onStdoutLine),
    readLines(child.stderr, options.onStderrLine),
  ]);
  return {
    pid: child.pid,
    exited: exitOf(child).then(async (exit) => {
      if (child.pid !== undefined) killGroup(child.pid);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        outputs,
        new Promise((resolve) => {
          timer = setTimeout(resolve, outputGraceMs);
        }),
      ]);
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      return exit;
    }),
    kill() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child.pid);
    },
  };
}

function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ error }));
    child.on("exit", (code, signal) => {
      resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) });
    });
  });
}

async function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): Promise<void> {
  if (stream === null) return;
  stream.setEncoding("utf8");
  const lines = createLineSplitter(onLine);
  await new Promise<void>((resolve) => {
    stream.on("data", (text: string) => lines.push(text));
    stream.on("end", resolve);
    stream.on("close", resolve);
    stream.on("error", () => resolve());
  });
  lines.flush();
}

/** `setpriv --pdeathsig` replaces itself by the command, which keeps the process id and gets the signal when its parent dies. */
function endingWithHost({ command, args }: ChildOptions): { command: string; args: readonly string[] } {
  const setpriv = process.platform === "linux" ? findExecutable("setpriv") : undefined;
  if (setpriv === undefined) return { command, args };
  return { command: setpriv, args: ["--pdeathsig", "KILL", "--", command, ...args] };
}

/** The file that a command means, as a shell would find it. */
export function findExecutable(command: string, path = process.env.PATH ?? ""): string | undefined {
  const candidates =
    isAbsolute(command) || command.includes("/")
      ? [command]
      : path.split(delimiter).map((folder) => join(folder, command));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
