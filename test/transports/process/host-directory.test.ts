/** The directories of hosts in a folder that they share: with other hosts, with other namespaces, and with users who mean harm. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { borrowSocketDirectory } from "../../../transports/process/socket-directory.ts";
import { isRunning, program } from "../support.ts";

let folder: string;
const living: ChildProcess[] = [];

beforeEach(() => {
  // Where other users may get at it.
  folder = mkdtempSync("/tmp/hosts-");
});
afterEach(() => {
  for (const child of living.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A program that lives until the test is over. Resolves with the first line that it writes. */
async function start(command: string, args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH ?? "", TMPDIR: folder },
    stdio: ["pipe", "pipe", "inherit"],
  });
  living.push(child);
  return { child, line: await nextLine(child) };
}

function nextLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => stdout?.once("data", (data: Buffer) => resolve(data.toString().trim())));
}

/** A host, in namespaces of its own where the words before it make them. */
async function startHost(...before: string[]): Promise<{ host: ChildProcess; instance: string; path: string }> {
  const { command, args } = program("socket-directory.ts", "stay");
  const [first = "", ...rest] = [...before, command, ...args];
  const { child, line } = await start(first, rest);
  return { host: child, instance: line, path: dirname(line) };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await until("the host is gone", () => !isRunning(child.pid ?? 0));
}

/** What the first plugin of a new host makes of the folder. */
function sweepWithNewHost(env: Record<string, string> = { XDG_RUNTIME_DIR: folder }): string {
  const { command, args } = program("socket-directory.ts");
  return execFileSync(command, args, {
    env: { PATH: process.env.PATH ?? "", TMPDIR: folder, ...env },
    encoding: "utf8",
  }).trim();
}

const isRoot = process.geteuid?.() === 0;
const anotherUser = 65534;
const namespaces = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
const mayUnshare = spawnSync(namespaces[0] ?? "", [...namespaces.slice(1), "true"]).status === 0;

describe("a host's directory", () => {
  it("is its user's alone", () => {
    const path = sweepWithNewHost();
    expect(path).toMatch(new RegExp(`^${folder}/loopp-host-\\w+/1$`));
    for (const one of [path, dirname(path)]) expect(statSync(one).mode & 0o777, one).toBe(0o700);
  });

  it("is swept when its host has died, and nothing else is", async () => {
    const dead = await startHost();
    const alive = await startHost();
    mkdirSync(join(dead.instance, "deeper"));
    writeFileSync(join(dead.instance, "deeper", "1.sock"), "");
    await kill(dead.host);
    const here = (name: string) => join(folder, `loopp-host-${name}`);
    // What is not as a host makes it, although there is the lock of a dead one in it.
    const moved = join(folder, "elsewhere");
    cpSync(dead.path, moved, { recursive: true, filter: (path) => !path.endsWith("lock") });
    renameSync(join(dead.path, "lock"), join(moved, "lock"));
    symlinkSync(moved, here("link"));
    const kept = [alive.path, here("link"), here("without-a-lock"), here("with-a-file-for-a-lock"), here("file")];
    mkdirSync(here("without-a-lock"), { mode: 0o700 });
    writeFileSync(join(here("without-a-lock"), "1.sock"), "");
    mkdirSync(here("with-a-file-for-a-lock"), { mode: 0o700 });
    writeFileSync(join(here("with-a-file-for-a-lock"), "lock"), "");
    writeFileSync(here("file"), "");
    // Of a host that died before it listened.
    mkdirSync(here("just-begun"), { mode: 0o700 });
    sweepWithNewHost();
    for (const path of kept) expect(existsSync(path), path).toBe(true);
    expect(readdirSync(moved).sort()).toEqual(["1", "lock"]);
    expect(existsSync(here("just-begun"))).toBe(false);

    rmSync(here("link"));
    chmodSync(moved, 0o755);
    renameSync(moved, here("open-to-all"));
    sweepWithNewHost();
    expect(existsSync(here("open-to-all"))).toBe(true);
    chmodSync(here("open-to-all"), 0o700);
    sweepWithNewHost();
    expect(existsSync(here("open-to-all"))).toBe(false);
    expect(existsSync(alive.instance)).toBe(true);
  });

  it.skipIf(!mayUnshare)("is spared while its host lives where process ids mean something else", async () => {
    const elsewhere = await startHost(...namespaces);
    const here = await startHost();
    sweepWithNewHost();
    const { command, args } = program("socket-directory.ts");
    const env = { PATH: process.env.PATH ?? "", TMPDIR: folder };
    execFileSync(namespaces[0] ?? "", [...namespaces.slice(1), command, ...args], { env });
    expect(existsSync(elsewhere.instance)).toBe(true);
    expect(existsSync(here.instance)).toBe(true);
    await kill(here.host);
    await kill(elsewhere.host);
    await until("the host is swept", () => {
      sweepWithNewHost();
      return !existsSync(elsewhere.path) && !existsSync(here.path);
    });
  });

  it.skipIf(!isRoot)("of another user is left alone, whatever that user makes of its name meanwhile", async () => {
    const precious = join(folder, "precious");
    mkdirSync(precious, { mode: 0o700 });
    for (let count = 0; count < 200; count++) writeFileSync(join(precious, `${count}.sock`), "");
    const shared = join(folder, "shared");
    mkdirSync(shared);
    chmodSync(shared, 0o1777);
    chmodSync(folder, 0o755);
    const swap = fileURLToPath(new URL("../programs/swap.mjs", import.meta.url));
    await start("node", [swap, String(anotherUser), shared, precious, "loopp-host-"]);
    const { command, args } = program("socket-directory.ts");
    for (let attempt = 0; attempt < 4; attempt++) {
      execFileSync(command, args, { env: { PATH: process.env.PATH ?? "", TMPDIR: shared } });
      expect(readdirSync(precious).length).toBe(200);
    }
    for (const child of living.splice(0)) await kill(child);
    const theirs = readdirSync(shared).filter(
      (name) => lstatSync(join(shared, name)).isDirectory() && statSync(join(shared, name)).uid === anotherUser,
    );
    expect(theirs.length).toBe(20);
    for (const name of theirs) expect(readdirSync(join(shared, name)).length, name).toBe(21);
  });

  it.skipIf(!isRoot)("is not made in a folder of another user, who may rename what is in it", () => {
    const theirs = join(folder, "theirs");
    mkdirSync(theirs);
    chownSync(theirs, anotherUser, anotherUser);
    expect(sweepWithNewHost({ XDG_RUNTIME_DIR: theirs })).toMatch(new RegExp(`^${folder}/loopp-host-`));
  });

  it("is made in the temporary directory where the runtime directory is not there", () => {
    expect(sweepWithNewHost({ XDG_RUNTIME_DIR: join(folder, "nowhere") })).toMatch(new RegExp(`^${folder}/loopp-`));
    expect(sweepWithNewHost({ XDG_RUNTIME_DIR: "" })).toMatch(new RegExp(`^${folder}/loopp-`));
  });

  it("is made anew for the next plugin where something has tidied it away", async () => {
    const { host, path } = await startHost();
    rmSync(path, { recursive: true });
    host.stdin?.write("\n");
    const next = await nextLine(host);
    expect(dirname(next)).not.toBe(path);
    expect(existsSync(next)).toBe(true);
  });
});

it("a directory that is borrowed keeps what others have in it", async () => {
  const directory = borrowSocketDirectory(folder);
  const sockets = [directory.nextSocket(), directory.nextSocket()];
  for (const path of [...sockets, join(folder, "other.sock")]) writeFileSync(path, "");
  expect(new Set(sockets).size).toBe(2);
  expect(borrowSocketDirectory(folder).nextSocket()).not.toBe(sockets[0]);
  await directory.remove();
  expect(readdirSync(folder).length).toBe(3);
  directory.removeSockets();
  expect(readdirSync(folder)).toEqual(["other.sock"]);
});
