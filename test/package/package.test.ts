/**
 * The package as its users get it: packed, installed into a project of its own (`project/`) and used there on all three
 * runtimes. The runtimes are started here, so it is enough to run this on one of them.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run, succeed, tools } from "../programs.ts";

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const { version, exports, devDependencies }: Manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const limitMs = 180_000;
const folder = mkdtempSync(join(tmpdir(), "loopp-package-"));
const project = join(folder, "project");
const tarball = join(folder, `loopp-${version}.tgz`);
const installed = join(project, "node_modules/loopp");
const inProject = { cwd: project };

beforeAll(async () => {
  cpSync(join(root, "test/package/project"), project, { recursive: true });
  await succeed("npm", ["pack", "--pack-destination", folder], { cwd: root });
  await succeed("buf", ["generate"], inProject);
  const types = `@types/node@${devDependencies["@types/node"]}`;
  await succeed("npm", ["install", "--prefer-offline", "--ignore-scripts", tarball, types], inProject);
}, limitMs);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How the installed command is started on each runtime. */
const command = "node_modules/.bin/loopp";
const runtimes = {
  node: { host: ["node", "host.ts"], loopp: [command] },
  bun: { host: ["bun", "host.ts"], loopp: ["bunx", "--bun", "loopp"] },
  deno: { host: ["deno", "run", "--allow-all", "host.ts"], loopp: ["deno", "run", "--allow-all", command] },
} as const;

describe("the package", () => {
  it("is one that every resolver understands", async () => {
    await succeed("publint", ["--strict", tarball], { cwd: folder });
    await succeed("attw", [tarball, "--profile", "esm-only"], { cwd: folder });
  }, 60_000);

  it("has every file that its own files name", () => {
    const missing: string[] = [];
    const files = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => /\.(js|d\.ts)$/.test(name))) {
      const path = join(installed, "dist", file);
      for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/(?:from |import ?\(?|new URL\()"(\.[^"]*)"/g)) {
        const target = join(dirname(path), file.endsWith(".d.ts") ? name.replace(/\.js$/, ".d.ts") : name);
        if (!existsSync(target)) missing.push(`${file} names ${name}`);
      }
    }
    expect(files.length).toBeGreaterThan(300);
    expect(missing).toEqual([]);
  });

  it("has every file that its exports name, and the schemas; nothing of tests and tools", () => {
    const targets = Object.values(exports).flatMap((to) => (typeof to === "string" ? [to] : Object.values(to ?? {})));
    expect(targets.filter((target) => !existsSync(join(installed, String(target))))).toEqual([]);
    expect(existsSync(join(installed, "proto/loop/median.proto"))).toBe(true);
    expect(readdirSync(installed).toSorted()).toEqual(["LICENSE", "README.md", "dist", "package.json", "proto"]);
  });

  it("brings no second copy of what its callers share with it, and no script that runs at install", () => {
    const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
    const packages = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);
    for (const name of ["@bufbuild/protobuf", "@connectrpc/connect"]) {
      expect(packages.filter(([path]) => path.endsWith(`node_modules/${name}`))).toHaveLength(1);
    }
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
  });

  it.each([
    ["nodenext", []],
    ["bundler", ["--module", "esnext", "--moduleResolution", "bundler"]],
  ])("has types for a strict project with module resolution %s", async (_, options) => {
    await succeed(join(tools, "tsc"), ["-p", ".", ...options], inProject);
  });
});

describe.each(Object.entries(runtimes))("on %s, the installed package", (name, { host, loopp }) => {
  const [program, ...words] = loopp;

  it("runs plugins of JavaScript and TypeScript on every transport, and as a command", async () => {
    const output = await succeed(host[0], [...host.slice(1), ...loopp, "serve", "javascript.plugin.js"], inProject);
    expect(output.trim().split("\n")).toEqual([
      "javascript in-process HEAR ME! a-b-c in here",
      "typescript in-process HEAR ME? a-b-c in here",
      "javascript worker HEAR ME! a-b-c in a thread",
      "typescript worker HEAR ME? a-b-c in a thread",
      "javascript process HEAR ME! a-b-c in a process",
      "typescript process HEAR ME? a-b-c in a process",
      "command process HEAR ME! a-b-c in a process",
      "then killed",
      "logged 3 times",
      `on ${name}`,
    ]);
  });

  it("builds a plugin into one file, which is a command by itself", async () => {
    const file = join(project, `built-on-${name}.mjs`);
    const output = await succeed(program, [...words, "build", "javascript.plugin.js", "-o", file], inProject);
    expect(output).toContain(file);
    const ran = await succeed(host[0], [...host.slice(1), file], inProject);
    expect(ran.split("\n")).toContain("command process HEAR ME! a-b-c in a process");
  });

  it("says its version and a node's config", async () => {
    expect(await succeed(program, [...words, "--version"], inProject)).toBe(`${version}\n`);
    const config = await succeed(program, [...words, "config", "--transport", "median=process"], inProject);
    expect(config).toMatch(/^plugins\.median\.transport = "process" +# --transport median=process$/m);
  });

  it("runs a node with its own plugins in a process and a thread, until it is told to end", async () => {
    const flags = ["--http-port", "0", "--transport", "simulated=process", "--transport", "median=worker"];
    const ran = await run(program, [...words, "node", ...flags], {
      ...inProject,
      until: /round .*transmitted/,
    });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/\(pid \d+\).*\(thread \d+\)/s) });
  });
});
