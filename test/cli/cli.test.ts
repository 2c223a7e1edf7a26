import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hostPort } from "../../src/values/host-port.ts";

const cliFile = (name: string) => fileURLToPath(new URL(`../../src/cli/${name}`, import.meta.url));
const main = cliFile("main.ts");
const runtimeArgs = "deno" in process.versions ? ["run", "--allow-all", "--no-lock"] : [];

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; `during` may act on what it has printed so far. */
function loopp(
  args: readonly string[],
  during?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void,
  env: Record<string, string> = {},
) {
  return new Promise<Ran>((resolve) => {
    const child = spawn(process.execPath, [...runtimeArgs, main, ...args], { env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      // By the process id: on Deno, a signal sent through the child object is reported as the way that the child ended.
      during?.(stdout, (signal) => process.kill(child.pid ?? 0, signal));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "cli-"));
  return use(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}

describe("loopp", () => {
  it("lists its commands with --help, and after a wrong command", async () => {
    const { code, stdout } = await loopp(["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: loopp <command>");
    expect([...stdout.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name)).toEqual([
      "node",
      "config",
      "serve",
      "build",
      "install",
    ]);
    expect(await loopp(["fly"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no command "fly"'),
    });
  });
});

it("every command ends in peace when nothing reads what it prints any more", async () => {
  for (const args of [["--help"], ["config"], ["node", "--help"]]) {
    const child = spawn(process.execPath, [...runtimeArgs, main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([args, code, stderr]).toEqual([args, 0, ""]);
  }
});

describe("loopp --version", () => {
  it("says the package's version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await loopp(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("loopp node", () => {
  it("runs the devnet with nothing to set up: a line for each round, and Ctrl-C shuts it down gracefully", async () => {
    let asked = false;
    // Where there is one, an IPv6 address, which stands in brackets in a URL.
    const loopback = Object.values(networkInterfaces())
      .flat()
      .some((one) => one?.address === "::1")
      ? "::1"
      : "127.0.0.1";
    const args = ["node", "--http-host", loopback, "--http-port", "0", "--transport", "median=process"];
    const { code, stdout } = await loopp(args, (out, kill) => {
      if (!asked && (out.match(/transmitted/g) ?? []).length >= 2) {
        asked = true;
        kill("SIGINT");
      }
    });
    expect(code).toBe(0);
    expect(stdout).toContain("recorded sample prices (not market data)");
    expect(stdout).toMatch(/^plugin median\.widget-usd: process \(pid \d+\)$/m);
    expect(stdout).toMatch(
      /^WIDGET \/ USD {2}round 1\/\d+ {2}answer 12\.\d{8} {2}3 of 3 sources \(a, b, c\) {2}\d+ ms {2}transmitted$/m,
    );
    const url = URL.parse(/^http:.*$/m.exec(stdout)?.[0] ?? "");
    expect(url).toMatchObject({
      hostname: hostPort(loopback, 0).replace(/:0$/, ""),
      port: expect.stringMatching(/^\d+$/),
    });
  });

  it("says how it is used, as config does, which takes the same options", async () => {
    for (const name of ["node", "config"]) {
      const { code, stdout } = await loopp([name, "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: loopp ${name} \\[options\\]\n`));
    }
  });

  it.each([
    [["--fly"], 2, "There is no such option"],
    [["--transport", "median"], 2, "--transport"],
    [["--transport", "median=rocket"], 2, "rocket"],
    [["--config", "/nowhere/node.toml"], 2, "/nowhere/node.toml"],
    [["--http-port", "seventy"], 2, "--http-port"],
  ] as const)("refuses %j with one sentence", async (args, code, text) => {
    const ran = await loopp(["node", ...args]);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(text);
    expect(ran.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("says that a port is in use, in one sentence", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const ran = await loopp(["node", "--http-port", String(port)]);
    server.close();
    expect(ran.code).toBe(1);
    expect(ran.stderr.trim().split("\n")).toHaveLength(1);
    expect(ran.stderr).toContain(String(port));
    expect(ran.stderr).toContain("in use");
  });

  it("prints every mistake of a config with file, line and key", () =>
    withFolder(async (folder) => {
      const file = join(folder, "node.toml");
      writeFileSync(file, '[http]\nport = 99999\ncolour = "red"\n\n[plugins.median]\ntransport = "rocket"\n');
      const ran = await loopp(["node", "--config", file]);
      expect(ran.code).toBe(2);
      const lines = ran.stderr.trim().split("\n");
      expect(lines).toHaveLength(3);
      expect(lines[0]).toContain(`${file}:2: http.port: `);
      expect(lines[1]).toContain(`${file}:3: http.colour: `);
      expect(lines[2]).toContain(`${file}:6: plugins.median.transport: `);
    }));

  it("says that there is no built-in relayer for a chain", () =>
    withFolder(async (folder) => {
      const file = join(folder, "node.toml");
      writeFileSync(file, '[[Solana]]\nChainID = "devnet"\n[[Solana.Nodes]]\nName = "a"\nURL = "http://127.0.0.1:1"\n');
      const ran = await loopp(["node", "--config", file, "--http-port", "0"]);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain("There is no built-in solana relayer: set CL_SOLANA_CMD");
    }));

  it("names both sides of a conflict between a command and a flag", async () => {
    const ran = await loopp(["node", "--transport", "median=worker"], undefined, { CL_MEDIAN_CMD: "sh" });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("CL_MEDIAN_CMD");
    expect(ran.stderr).toContain("--transport");
  });

  it("starts the command that CL_MEDIAN_CMD names, and says why it did not start", async () => {
    const ran = await loopp(["node", "--http-port", "0"], undefined, { CL_MEDIAN_CMD: "/bin/false" });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("The plugin ended before it was ready: crashed (exit code 1)");
  });
});

describe("loopp config", () => {
  it("shows every effective value and where it comes from", () =>
    withFolder(async (folder) => {
      const file = join(folder, "node.toml");
      writeFileSync(file, '[plugins.median]\ntransport = "worker"\n');
      const ran = await loopp(["config", "--config", file, "--http-port", "7000"]);
      expect(ran.code).toBe(0);
      expect(ran.stdout).toMatch(/^http\.port = 7000 +# .*--http-port/m);
      expect(ran.stdout).toMatch(/^plugins\.median\.transport = "worker" +# .*node\.toml:2/m);
      expect(ran.stdout).toMatch(/^plugins\.solana\.transport = "in-process" +# default/m);
    }));
});

describe("loopp serve", () => {
  it("makes a module a plugin that says so when no host has launched it", async () => {
    const module = fileURLToPath(new URL("../../src/plugins/median/plugin.ts", import.meta.url));
    const ran = await loopp(["serve", module]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toContain("This binary is a plugin");
    expect(ran.stderr).toContain("CL_PLUGIN_MEDIAN_MAGIC_COOKIE");
  });

  it("prints go-plugin's handshake under a host's cookie", async () => {
    const module = fileURLToPath(new URL("../../src/plugins/median/plugin.ts", import.meta.url));
    const cookie = "b12a697e19748cd695dd1690c09745ee7cc03717179958e8eadd5a7ca4646728";
    const ran = await loopp(["serve", module], (_, kill) => kill("SIGTERM"), {
      CL_PLUGIN_MEDIAN_MAGIC_COOKIE: cookie,
      PLUGIN_PROTOCOL_VERSIONS: "0",
    });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^1\|0\|unix\|[^|]+\|grpc\|\n$/);
  });

  it("refuses what is not a plugin in one sentence", async () => {
    const here = fileURLToPath(import.meta.url);
    for (const [module, sentence] of [
      ["nowhere.ts", `there is no file ${join(process.cwd(), "nowhere.ts")}; name a module by its path, such as`],
      ["file:///nowhere/plugin.ts", "there is no file /nowhere/plugin.ts; name a module by its path, such as"],
      [dirname(here), `there is no file ${dirname(here)}; `],
      [cliFile("config.ts"), "its default export is not made by definePlugin()"],
    ] as const) {
      const ran = await loopp(["serve", module]);
      expect(ran).toMatchObject({ code: 1, stdout: "" });
      expect(ran.stderr).toContain(`Cannot serve "${module}": `);
      expect(ran.stderr).toContain(sentence);
      expect(ran.stderr.trim().split("\n")).toHaveLength(1);
    }
  });

  it("says how it is used when it is asked, and what is wrong when it is asked wrongly", async () => {
    const { code, stdout, stderr } = await loopp(["serve", "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("Usage: loopp serve <module>");
    for (const [args, sentence] of [
      [["-x"], "-x: There is no such option; --help lists them"],
      [[], "Name one module to serve, such as ./my.plugin.ts"],
      [["a.ts", "b.ts"], "Name one module to serve, such as ./my.plugin.ts"],
    ] as const) {
      expect(await loopp(["serve", ...args])).toEqual({ code: 2, stdout: "", stderr: `${sentence}\n` });
    }
  });
});
