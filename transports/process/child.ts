/** A child process with all that belongs to it: its group, its outputs line by line, and one end. */
import { type ChildProcess, spawn } from "node:child_process";
import { asError } from "../../src/values/error-text.ts";
import { ignore } from "../calls/iterables.ts";
import { createLineSplitter } from "../logs/console.ts";
import { settleWithin } from "../time/settle.ts";
import { killGroup, killWithGroup } from "./kill-group.ts";
import { isStructured } from "./log-lines.ts";
import { forgetLeader, nameLeader } from "./orphan-guard.ts";
import { createPace } from "./pace.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The child's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The child's own directory, where the host's guard finds its name. */
  readonly directory: string;
  onStdoutLine(line: string): void;
  /** No further lines: the child closed its standard output, which happens at its end, or before. */
  onStdoutEnd(): void;
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
  let child: ChildProcess;
  try {
    child = spawn(options.command, [...options.args], {
      env: { ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: what the plugin starts ends with it, and a Ctrl-C for the host is the host's to pass on.
      detached: true,
    });
  } catch (cause) {
    // Some of what a system refuses is thrown, and some is an event; runtimes differ in which.
    const error = asError(cause);
    return { pid: undefined, exited: Promise.resolve({ error }), kill: ignore };
  }
  const { pid } = child;
  const unnamed = pid === undefined ? undefined : failureOf(() => nameLeader(options.directory, pid));
  if (pid !== undefined && unnamed !== undefined) killWithGroup(pid);
  const outputs = Promise.all([
    readLines(child.stdout, options.onStdoutLine, () => false).then(options.onStdoutEnd),
    readLines(child.stderr, options.onStderrLine, isStructured),
  ]);
  let gone = false;
  return {
    pid,
    exited: exitOf(child).then(async (exit) => {
      gone = true;
      if (pid !== undefined) killGroup(pid);
      forgetLeader(options.directory);
      await settleWithin(outputs, outputGraceMs);
      child.stdout?.destroy();
      child.stderr?.destroy();
      return unnamed === undefined ? exit : { error: unnamed };
    }),
    kill() {
      if (pid !== undefined && !gone) killWithGroup(pid);
    },
  };
}

/** What an action throws. */
function failureOf(action: () => void): Error | undefined {
  try {
    action();
    return undefined;
  } catch (cause) {
    return asError(cause);
  }
}

function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ error }));
    child.on("exit", (code, signal) => {
      resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) });
    });
  });
}

async function readLines(
  stream: NodeJS.ReadableStream | null,
  onLine: (line: string) => void,
  isOnlyBegun: (begin: string) => boolean,
): Promise<void> {
  if (stream === null) return;
  stream.setEncoding("utf8");
  const lines = createLineSplitter(onLine, { isOnlyBegun });
  await new Promise<void>((resolve) => {
    const pace = createPace();
    stream.on("data", (text: string) => {
      const pause = pace.take(text.length, () => lines.push(text));
      if (pause === undefined) return;
      stream.pause();
      void pause.then(() => stream.resume());
    });
    stream.on("end", resolve);
    stream.on("close", resolve);
    stream.on("error", () => resolve());
  });
  lines.flush();
}
