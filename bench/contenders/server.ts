/** Starts a peer's server in a process of its own, on the runtime that runs the bench. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runtimeName } from "../../src/values/platform.ts";
import { settleWithin } from "../../transports/time/settle.ts";
import { readyLine } from "../peers/server.ts";

export interface PeerServer {
  readonly socketPath: string;
  readonly pid: number;
  /** What it said with its being ready. */
  readonly said: string;
  stop(): Promise<void>;
}

/** What comes between the runtime and a program of ours. */
export const runtimeArgs: readonly string[] = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];

const startTimeoutMs = 15_000;
const stopTimeoutMs = 2000;

/** @throws Error when it does not listen in time */
export async function startServer(script: URL): Promise<PeerServer> {
  const directory = await mkdtemp(join(tmpdir(), "loopp-bench-"));
  const socketPath = join(directory, "echo.sock");
  const child = spawn(execPath, [...runtimeArgs, fileURLToPath(script), socketPath], {
    // Its input stays open as long as this process lives, and no longer: that is how it knows.
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.stdin.end();
    const ended = await settleWithin(exited, stopTimeoutMs);
    if (!ended.settled) child.kill("SIGKILL");
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  const lines = createInterface({ input: child.stdout });
  const first = await settleWithin(Promise.race([once(lines, "line"), exited]), startTimeoutMs);
  const [line] = "value" in first ? first.value : [];
  if (typeof line !== "string" || !line.startsWith(readyLine)) {
    await stop();
    throw new Error(`Cannot start ${fileURLToPath(script)}: it ended or kept silent before it was ready`);
  }
  return { socketPath, pid: child.pid ?? 0, said: line.slice(readyLine.length).trim(), stop };
}
