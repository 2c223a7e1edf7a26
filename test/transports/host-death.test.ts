/** A host that is killed tells nobody. Its plugins end all the same, with what they have started, and the next host tidies up. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../src/testing/until.ts";
import { type RuntimeName, runtimeName } from "../../src/values/platform.ts";
import { full } from "../full.ts";
import { isRunning, pluginUrl, processesWith, program, programOn, uniqueSeconds } from "./support.ts";

const runtimes: readonly RuntimeName[] = ["bun", "node", "deno"];

let folder: string;
let host: ChildProcess | undefined;
/** How long a grandchild sleeps: part of its command line, and of no other. */
let sleep: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "death-"));
  sleep = uniqueSeconds();
});
afterEach(async () => {
  host?.kill("SIGKILL");
  for (const pid of processesWith(sleep)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a host with a plugin. Resolves with the plugin's process id, if the plugin comes up. */
function startHost(
  runtime: RuntimeName,
  source: string,
  options: Record<string, unknown>,
  env: Record<string, string> = {},
): Promise<number> {
  const { command, args } = programOn(runtime, "host.ts", source, JSON.stringify(options));
  const child = spawn(command, args, {
    env: { ...process.env, XDG_RUNTIME_DIR: folder, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  host = child;
  return new Promise((resolve, reject) => {
    child.stdout?.once("data", (data: Buffer) => resolve(Number(data.toString())));
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the host ended before its plugin was up")));
  });
}

function startModule(hostRuntime: RuntimeName, runtime: RuntimeName, block = ""): Promise<number> {
  return startHost(hostRuntime, pluginUrl("parent").href, {
    runtime,
    env: { SLEEP: sleep, ...(block === "" ? {} : { BLOCK: block }) },
  });
}

async function grandchild(): Promise<number> {
  const sleepers = () => processesWith(`sleep\x00${sleep}`);
  await until("the plugin has started its sleeper", () => sleepers().length > 0);
  return sleepers()[0] ?? 0;
}

async function expectGone(...pids: number[]): Promise<void> {
  for (const pid of pids) await until(`process ${pid} is gone`, () => !isRunning(pid));
}

async function killHost(): Promise<void> {
  host?.kill("SIGKILL");
  await expectGone(host?.pid ?? 0);
}

async function expectTidy(): Promise<void> {
  await until("the host's directory is gone", () => readdirSync(folder).every((name) => name === "block"));
}

/** What stands guard over the plugins of a host. */
async function guard(): Promise<number> {
  return until("there is a guard", () => processesWith(`${folder}/loopp-host-`)[0]);
}

it("a host that is killed leaves nothing, wherever its PATH leads", async () => {
  const plugin = await startHost(runtimeName, pluginUrl("talkative").href, {}, { PATH: folder });
  await killHost();
  await expectGone(plugin);
  await expectTidy();
});

describe.each(runtimes)("when a host on %s is killed", (hostRuntime) => {
  const pluginRuntimes = full || hostRuntime === runtimeName ? runtimes : [hostRuntime];

  it.each(pluginRuntimes)("its plugin on %s ends, with what it has started", async (runtime) => {
    const plugin = await startModule(hostRuntime, runtime);
    const sleeper = await grandchild();
    expect(isRunning(plugin)).toBe(true);
    await killHost();
    await expectGone(plugin, sleeper);
    await expectTidy();
  });

  it.each(full ? pluginRuntimes : [hostRuntime])(
    "its plugin on %s ends although it blocks its event loop",
    async (runtime) => {
      const word = join(folder, "block");
      const plugin = await startModule(hostRuntime, runtime, word);
      const sleeper = await grandchild();
      writeFileSync(word, "");
      await until("the plugin has read that it is to block", () => !existsSync(word));
      await killHost();
      await expectGone(plugin, sleeper);
      await expectTidy();
    },
  );

  it.each(full ? (["import", "setup"] as const) : (["import"] as const))(
    "its plugin ends although it blocked its event loop before it was up, in its %s",
    async (block) => {
      startModule(hostRuntime, hostRuntime, block).catch(() => {});
      const sleeper = await grandchild();
      const plugin = parentOf(sleeper);
      expect(isRunning(plugin)).toBe(true);
      await killHost();
      await expectGone(plugin, sleeper);
      await expectTidy();
    },
  );

  it("its plugin ends although it is stopped, and although another has ended its guard", async () => {
    const plugin = await startModule(hostRuntime, hostRuntime);
    const sleeper = await grandchild();
    process.kill(plugin, "SIGSTOP");
    const first = await guard();
    process.kill(first, "SIGKILL");
    await until("there is another guard", async () => (await guard()) !== first);
    await killHost();
    await expectGone(plugin, sleeper);
    await expectTidy();
  });

  it("its plugin that is just coming up ends, with what it has started", async () => {
    startModule(hostRuntime, hostRuntime, "kill-host").catch(() => {});
    await expectGone(host?.pid ?? 0);
    await until("the sleeper is gone", () => processesWith(sleep).length === 0);
    await expectTidy();
  });

  it("its plugin of another make ends, with what it has started", async () => {
    const plugin = await startHost(hostRuntime, "command", program("foreign.ts", "grandchild", sleep));
    const sleeper = await grandchild();
    await killHost();
    await expectGone(plugin, sleeper);
    await expectTidy();
  });

  it("a shell that was to be a plugin ends, with what it has started", async () => {
    startHost(hostRuntime, "command", {
      command: "/bin/sh",
      args: ["-c", `sleep ${sleep} & trap '' TERM; echo up; wait`],
    }).catch(() => {});
    const sleeper = await grandchild();
    const shell = parentOf(sleeper);
    expect(isRunning(shell)).toBe(true);
    await killHost();
    await expectGone(shell, sleeper);
    await expectTidy();
  });
});

function parentOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
}
