/** `loopp install`: what it would run, compared word by word, and one real build where there is Go. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goProgram } from "../../scripts/go-program.ts";
import { loopps } from "../../src/build/loopps.ts";
import { createRuntime } from "../../src/index.ts";
import { medianHandshake } from "../../src/loop/handshakes.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { peer, peerVersion } from "../interop/peers.ts";
import { type Ran, root, run } from "../programs.ts";

const runtimeArgs = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "install-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function install(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const words = [...runtimeArgs, join(root, "src/cli/main.ts"), "install", ...args];
  return run(process.execPath, words, { cwd: folder, env: { TMPDIR: folder, ...env } });
}

const golden = (name: string) => readFileSync(new URL(`./install/${name}.sh`, import.meta.url), "utf8");

describe("loopp install --dry-run", () => {
  it.each(Object.keys(loopps))("prints what it would run for %s, and runs nothing", async (name) => {
    const ran = await install([name, "--dir", "/opt/loopps", "--dry-run"], { PATH: "/nowhere" });
    expect(ran).toEqual({ code: 0, stdout: golden(name), stderr: "" });
    expect(existsSync("/opt/loopps")).toBe(false);
  });

  it("prints one after the other", async () => {
    const { stdout } = await install(["starknet", "median", "--dir", "/opt/loopps", "--dry-run"]);
    expect(stdout).toBe(golden("starknet") + golden("median"));
  });

  it("prints a script that a shell takes, whatever the folder's name", async () => {
    const dir = join(folder, "it's mine; $HOME");
    const { stdout } = await install(["median", "--dir", dir, "--dry-run"]);
    // A go that only prints its arguments.
    const script = `go() { printf '%s\\n' "$@"; cat go.mod; }\n${stdout}`;
    const said = execFileSync("/bin/sh", ["-e", "-c", script], {
      encoding: "utf8",
      env: { ...process.env, TMPDIR: folder },
    });
    expect(said.split("\n")).toEqual(expect.arrayContaining([join(dir, "chainlink-feeds"), "module loopp/install"]));
    expect(existsSync(dir)).toBe(true);
  });

  it.each([
    [{ GOBIN: "/opt/go bin" }, "'/opt/go bin/chainlink-feeds'"],
    [{ GOBIN: "", HOME: "/opt/home" }, "/opt/home/.local/bin/chainlink-feeds"],
  ])("puts programs where %j says", async (env, program) => {
    const { stdout } = await install(["median", "--dry-run"], env);
    expect(stdout).toContain(` CL_MEDIAN_CMD=${program}\n`);
  });
});

describe("loopp install", () => {
  it("installs the versions that the tests run", () => {
    expect(loopps.median?.version).toBe(peerVersion("chainlink-feeds"));
    expect(loopps.starknet?.version).toBe(peerVersion("chainlink-starknet"));
  });

  it("lists what it knows", async () => {
    const { code, stdout } = await install([]);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toMatch(/^ +median +CL_MEDIAN_CMD +github\.com\/.*\/cmd\/chainlink-feeds@v0\.1\.1$/);
    const help = await install(["--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(stdout);
  });

  it.each([
    [["fly"], 'Cannot install "fly": only median, solana, starknet are known\n'],
    [["toString"], 'Cannot install "toString": only median, solana, starknet are known\n'],
    [["median", "--dir"], "--dir: It needs a value: --dir ./bin\n"],
    [["--all"], "--all: There is no such option; --help lists them\n"],
  ])("refuses %j with one sentence", async (args, stderr) => {
    expect(await install(args)).toEqual({ code: 2, stdout: "", stderr });
  });

  it("says where to get Go when there is none", async () => {
    const ran = await install(["median", "--dir", join(folder, "without")], { PATH: "/nowhere" });
    expect(ran).toMatchObject({
      code: 1,
      stderr:
        'Cannot install "median": Go is needed to build it, and there is no go on the PATH: get it from https://go.dev/doc/install\n',
    });
  });

  it("goes on with the others when one cannot be built, and writes down what there is", async () => {
    const dir = join(folder, "some");
    const programs = join(folder, "fake");
    mkdirSync(programs);
    const go = 'case "$*" in *solana*) exit 1;; esac; while [ "$1" != -o ]; do shift; done; : > "$2"';
    writeFileSync(join(programs, "go"), `#!/bin/sh\n${go}\n`, { mode: 0o755 });
    const words = ["solana", "median", "starknet", "--dir", dir, "--variables", "loopps.env"];
    const ran = await install(words, { PATH: `${programs}:${process.env.PATH}` });
    expect(ran).toMatchObject({ code: 1, stderr: 'Cannot install "solana": go build ended with exit code 1\n' });
    expect(readdirSync(dir).toSorted()).toEqual(["chainlink-feeds", "chainlink-starknet"]);
    expect(readFileSync(join(folder, "loopps.env"), "utf8")).toBe(
      `CL_MEDIAN_CMD=${dir}/chainlink-feeds\nCL_STARKNET_CMD=${dir}/chainlink-starknet\n`,
    );
  });

  it("says that the folder cannot be written", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const ran = await install(["median", "--dir", join(file, "folder")]);
    const sentence = `Cannot install "median": cannot write to ${file}/folder: not a directory\n`;
    expect(ran).toMatchObject({ code: 1, stderr: sentence });
  });

  it.skipIf(goProgram === undefined)(
    "builds the median plugin, which then runs under a host",
    async () => {
      // The same sources, and so most of the work, which is then done once.
      await peer("chainlink-feeds");
      const dir = join(folder, "programs");
      const ran = await install(["median", "--dir", dir]);
      const program = join(dir, "chainlink-feeds");
      expect(ran).toEqual({
        code: 0,
        stdout: golden("median").replaceAll("/opt/loopps", dir),
        stderr: expect.any(String),
      });
      expect(readdirSync(folder).filter((name) => name.startsWith("loopp-install"))).toEqual([]);
      const options = { command: program, inheritEnv: [], env: { CL_PROMETHEUS_PORT: "0" } };
      await using runtime = await createRuntime({
        plugins: { median: { handshake: medianHandshake, options: { process: options } } },
      });
      expect(runtime.plugin("median").status).toMatchObject({ state: "ready", transport: "process" });
    },
    15 * 60_000,
  );
});
