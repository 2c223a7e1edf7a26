import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { isProcessAlive, killGroup, killWithGroup, startTimeOf } from "../../../transports/process/process-state.ts";
import { borrowSocketDirectory } from "../../../transports/process/socket-directory.ts";
import { isRunning, processesWith, processState, program, uniqueSeconds } from "../support.ts";

let folder: string;
const living: { kill(signal: "SIGKILL"): unknown }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sockets-"));
});
afterEach(() => {
  for (const child of living.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function startShell(script: string): number {
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: "ignore" });
  living.push(child);
  return child.pid ?? 0;
}

/** A process that has ended and that nobody asks how. */
function startZombie(): Promise<number> {
  const parent = startShell("true & exec sleep 1000");
  return until("there is a zombie", () =>
    readdirSync("/proc")
      .map(Number)
      .find((pid) => pid > 0 && processState(pid) === "Z" && parentOf(pid) === parent),
  );
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(execFileSync("cat", [`/proc/${pid}/status`], { encoding: "utf8" }))?.[1]);
}

/** What the first plugin of a new host makes of the folder. */
function sweepWithNewHost(env: Record<string, string> = { XDG_RUNTIME_DIR: folder }): string {
  const { command, args } = program("socket-directory.ts");
  return execFileSync(command, args, {
    env: { PATH: process.env.PATH ?? "", TMPDIR: folder, ...env },
    encoding: "utf8",
  }).trim();
}

describe("whether a process is alive", () => {
  it("is true for this one, and not for one that has ended, is a zombie, or has another's number", async () => {
    expect(isProcessAlive(process.pid)).toBe(true);
    expect(isProcessAlive(process.pid, startTimeOf(process.pid))).toBe(true);
    expect(isProcessAlive(process.pid, startTimeOf(process.pid) + 1)).toBe(false);
    expect(isProcessAlive(spawnSync("true").pid)).toBe(false);
    expect(isProcessAlive(await startZombie())).toBe(false);
    expect(isProcessAlive(1)).toBe(true);
  });
});

describe("ending a process", () => {
  it("ends what it started, and what is left after it", async () => {
    const seconds = uniqueSeconds();
    const leader = startShell(`sleep ${seconds} & wait`);
    const sleeper = await until("the sleeper runs", () => processesWith(`sleep\x00${seconds}`)[0]);
    process.kill(leader, "SIGKILL");
    await until("the leader is gone", () => !isRunning(leader));
    expect(isRunning(sleeper)).toBe(true);
    expect(killGroup(leader)).toBe(true);
    await until("the sleeper is gone", () => !isRunning(sleeper));
  });

  it("never ends more than was meant", () => {
    for (const nobody of [0, 1]) expect(killGroup(nobody)).toBe(false);
    killWithGroup(spawnSync("true").pid);
  });
});

describe("a socket directory", () => {
  it("is its host's alone and says whose it is", () => {
    const path = sweepWithNewHost();
    expect(path).toMatch(new RegExp(`^${folder}/loopp-\\d+-\\d+-`));
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it("sweeps what dead hosts have left, zombies and earlier owners of a number too, and nothing else", async () => {
    const sleeper = startShell("exec sleep 1000");
    const zombie = await startZombie();
    const dead = spawnSync("true").pid;
    const left = [`loopp-${dead}-1-a`, `loopp-${zombie}-${startTimeOf(zombie)}-b`, `loopp-${sleeper}-1-c`];
    const kept = [
      `loopp-${sleeper}-${startTimeOf(sleeper)}-d`,
      "loopp-e",
      `loopp-${dead}`,
      `loopp-${dead}-f`,
      `x-loopp-${dead}-1-g`,
    ];
    for (const name of [...left, ...kept]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "1-1.sock"), "");
    }
    symlinkSync(join(folder, "loopp-e"), join(folder, `loopp-${dead}-1-link`));
    writeFileSync(join(folder, `loopp-${dead}-1-file`), "");
    sweepWithNewHost();
    for (const name of left) expect(existsSync(join(folder, name)), name).toBe(false);
    for (const name of kept) expect(existsSync(join(folder, name, "1-1.sock")), name).toBe(true);
    expect(existsSync(join(folder, `loopp-${dead}-1-file`))).toBe(true);
  });

  it("is made in the temporary directory where the runtime directory is not there", () => {
    expect(sweepWithNewHost({ XDG_RUNTIME_DIR: join(folder, "nowhere") })).toMatch(new RegExp(`^${folder}/loopp-`));
    expect(sweepWithNewHost({ XDG_RUNTIME_DIR: "" })).toMatch(new RegExp(`^${folder}/loopp-`));
  });

  it("that is borrowed keeps what others have in it", async () => {
    const directory = borrowSocketDirectory(folder);
    const sockets = [directory.nextSocket(), directory.nextSocket()];
    for (const path of [...sockets, join(folder, "other.sock")]) writeFileSync(path, "");
    expect(new Set(sockets).size).toBe(2);
    await directory.remove();
    expect(readdirSync(folder).length).toBe(3);
    directory.removeSockets();
    expect(readdirSync(folder)).toEqual(["other.sock"]);
  });
});
