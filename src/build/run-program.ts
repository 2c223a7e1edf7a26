/** Runs the programs that a build uses, and those that it has made. */
import { spawn } from "node:child_process";
import { killGroup } from "../../transports/process/kill-group.ts";
import { settleWithin } from "../../transports/time/settle.ts";
import { errorCode } from "../values/error-text.ts";

export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether its output goes to the user while it runs. Otherwise the output is in the result. */
  readonly shown?: boolean;
  /** After this time it is killed, with all processes that it started. @default no limit */
  readonly limitMs?: number;
}

export interface ProgramEnd {
  /** Absent when a signal ended it. */
  readonly code: number | undefined;
  /** Whether it was killed because it reached its limit. */
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end. A Ctrl-C meanwhile ends only that program, so that the caller can still clean up.
 * @throws Error when it cannot be started, with `code` "ENOENT" where there is none of that name
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = process.env, shown = false, limitMs }: ProgramOptions,
): Promise<ProgramEnd> {
  process.on("SIGINT", ignore);
  const stdio = shown ? "inherit" : ["ignore" as const, "pipe" as const, "pipe" as const];
  const child = spawn(program, args, { cwd, env, stdio, detached: limitMs !== undefined });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  try {
    const late = limitMs !== undefined && !(await settleWithin(ended, limitMs)).settled;
    if (late) {
      if (child.pid !== undefined) killGroup(child.pid);
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    }
    return { code: (await ended) ?? undefined, late, ...output };
  } finally {
    process.off("SIGINT", ignore);
  }
}

function ignore(): void {}

/** Whether {@link runProgram} failed because there is no such program. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}
