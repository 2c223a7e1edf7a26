/**
 * Makes one file of a plugin, all that it imports, and the runtime or the line that names it. Any go-plugin host can start that
 * file without arguments, without PATH, and with nothing but the host's variables in its environment. Bun builds it for every runtime.
 */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogReader } from "../../transports/process/log-lines.ts";
import { packageVersion } from "../values/package-version.ts";
import { type RuntimeName, runtimeName } from "../values/platform.ts";
import { interpreterLine } from "./interpreter.ts";
import { reasonOf } from "./reason.ts";
import { isMissing, runProgram } from "./run-program.ts";

/** An executable contains its runtime; a bundle is run by the runtime that was installed when it was made. */
export type BuildForm = "executable" | "bundle";

export interface BuildOptions {
  /** The plugin's module: a file. */
  readonly module: URL;
  /** An existing file is replaced in one step, when the new one is complete. */
  readonly output: string;
  readonly runtime: RuntimeName;
  /** Executables are made for Bun only. */
  readonly form: BuildForm;
}

export interface BuiltPlugin {
  readonly bytes: number;
  /** Relative URLs of files that the code looks for beside itself, by `import.meta.url`: the built file does not contain them. */
  readonly filesBeside: readonly string[];
}

/** A plugin that was not started by a host says so and ends, well within this time. */
const tryMs = 20_000;

/** @throws Error with the reason, without a capital letter: the module, the output, or the lack of a program */
export async function buildPlugin({ module, output, runtime, form }: BuildOptions): Promise<BuiltPlugin> {
  if (form === "executable" && runtime !== "bun") throw new RangeError("only Bun makes executables");
  if (!isFile(module)) throw new Error("there is no such file");
  const target = resolve(output);
  if (runtime === "node" && extname(target) !== ".mjs") {
    // Otherwise the bundle could do nothing, without an error, below the wrong package.json.
    throw new Error(
      `name it ${basename(target)}.mjs: how Node runs files with other names depends on the package.json above them`,
    );
  }
  const folder = createFolderBeside(target);
  try {
    // With its final name, which may matter to the runtime.
    const file = join(folder, basename(target));
    const bundle = join(folder, ".bundle.mjs");
    const line = form === "bundle" ? await interpreterLine(runtime) : "";
    await bundlePlugin(module, bundle, runtime);
    const code = readFileSync(bundle, "utf8");
    if (form === "bundle") writeFileSync(file, `${line}${code.replace(/^#!.*\n/, "")}`);
    else await runBun([bundle, ...executable, "--outfile", file], folder);
    chmodSync(file, 0o755);
    await tryOut(file);
    replace(file, target);
    return { bytes: statSync(target).size, filesBeside: filesBesideOf(code) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const executable = [
  "--compile",
  // Starts faster.
  "--bytecode",
  "--format=esm",
  // Otherwise it would read these files in the host's current folder.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

async function bundlePlugin(module: URL, bundle: string, runtime: RuntimeName): Promise<void> {
  const entry = join(dirname(bundle), ".entry.mjs");
  writeFileSync(entry, entryOf(fileURLToPath(module)));
  const target = runtime === "bun" ? "bun" : "node";
  const small = ["--minify-whitespace", "--minify-syntax"];
  const version = ["--define", `builtPackageVersion=${JSON.stringify(packageVersion())}`];
  await runBun(
    [entry, "--target", target, "--format", "esm", ...small, ...version, "--outfile", bundle],
    dirname(bundle),
  );
}

function entryOf(plugin: string): string {
  const program = fileURLToPath(new URL("./built-main.ts", import.meta.url));
  return `import { serveBuilt } from ${JSON.stringify(program)};\nawait serveBuilt(() => import(${JSON.stringify(plugin)}));\n`;
}

async function runBun(args: readonly string[], cwd: string): Promise<void> {
  try {
    const bun = runtimeName === "bun" ? process.execPath : "bun";
    const { code, stderr } = await runProgram(bun, ["build", ...args], { cwd });
    if (code !== 0) throw new Error(firstErrorOf(stderr) ?? "bun build failed without a message");
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error(
      "Bun is needed to build the file, and there is no bun on the PATH: run npm install --save-dev bun",
      {
        cause: error,
      },
    );
  }
}

/** Bun's first error, and its file and line. */
function firstErrorOf(stderr: string): string | undefined {
  const [, message, location] = /^error: (.*)(?:\n\s+at (.*))?/m.exec(stderr) ?? [];
  return location === undefined ? message : `${message} (${location})`;
}

/** Starts the built file as a host would, but without a cookie. */
async function tryOut(file: string): Promise<void> {
  const { code, late, stderr } = await runProgram(file, [], { cwd: "/", env: {}, limitMs: tryMs });
  if (stderr.includes("This binary is a plugin")) return;
  if (late) throw new Error(`the built file does not start within ${tryMs / 1000} s`);
  const ended = code === undefined ? "is ended by a signal" : `ends with exit code ${code}`;
  const lines = stderr.trim().split("\n").map(createLogReader());
  // A runtime prints an error's message in one line among others.
  const said = lines.find(({ message }) => /^\w*Error: /.test(message)) ?? lines.at(-1);
  throw new Error(said?.message || `the built file ${ended} and prints no error`);
}

function filesBesideOf(code: string): readonly string[] {
  const found = code.matchAll(/new URL\((["'`])(\.{1,2}\/[^"'`]+)\1,\s*import\.meta\.url\)/g);
  return [...new Set([...found].map(([, , path = ""]) => path))];
}

/** A folder on the same file system, so that the last step is a rename: a host that starts the file meanwhile gets the old or the new one. */
function createFolderBeside(target: string): string {
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`cannot write ${target}: it is a folder`);
  try {
    return mkdtempSync(join(dirname(target), ".loopp-build-"));
  } catch (cause) {
    throw new Error(`cannot write to ${dirname(target)}: ${reasonOf(cause)}`, { cause });
  }
}

function replace(file: string, target: string): void {
  try {
    renameSync(file, target);
  } catch (cause) {
    throw new Error(`cannot write ${target}: ${reasonOf(cause)}`, { cause });
  }
}

function isFile(url: URL): boolean {
  return statSync(url, { throwIfNoEntry: false })?.isFile() === true;
}
