/**
 * Makes one file of a plugin, all that it imports, and the runtime or the line that names it. Any go-plugin host can start that
 * file: without arguments, without PATH, with no environment but its own. Bun makes it, whichever runtime it is for.
 */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogReader } from "../../transports/process/log-lines.ts";
import { type RuntimeName, runtimeName } from "../values/platform.ts";
import { interpreterLine } from "./interpreter.ts";
import { reasonOf } from "./reason.ts";
import { isMissing, runProgram } from "./run-program.ts";

/** An executable brings its runtime with it; a bundle is run by the one that was there when it was made. */
export type BuildForm = "executable" | "bundle";

export interface BuildOptions {
  /** The plugin's module: a file. */
  readonly module: URL;
  /** What is there already is replaced, at once, when all is done. */
  readonly output: string;
  readonly runtime: RuntimeName;
  /** Executables are made for Bun only. */
  readonly form: BuildForm;
}

export interface BuiltPlugin {
  readonly bytes: number;
  /** Relative URLs of files that the code looks for beside itself, by `import.meta.url`: they are not in what was built. */
  readonly filesBeside: readonly string[];
}

/** A plugin that was started by nobody says so and ends. One that takes longer than this has another mind. */
const tryMs = 20_000;

/** @throws Error with the reason, without a capital letter: the module, the output, or the lack of a program */
export async function buildPlugin({ module, output, runtime, form }: BuildOptions): Promise<BuiltPlugin> {
  if (form === "executable" && runtime !== "bun") throw new RangeError("only Bun makes executables");
  if (!isFile(module)) throw new Error("there is no such file");
  const target = resolve(output);
  if (runtime === "node" && extname(target) !== ".mjs") {
    // Without a word, where the wrong one is above it.
    throw new Error(
      `name it ${basename(target)}.mjs: what Node makes of other names depends on the package.json above them`,
    );
  }
  const folder = createFolderBeside(target);
  try {
    // By its final name: that may matter to the runtime.
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
  // Starts in half the time.
  "--bytecode",
  "--format=esm",
  // It would read these files of the folder that its host happens to be in.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

async function bundlePlugin(module: URL, bundle: string, runtime: RuntimeName): Promise<void> {
  const entry = join(dirname(bundle), ".entry.mjs");
  writeFileSync(entry, entryOf(fileURLToPath(module)));
  const target = runtime === "bun" ? "bun" : "node";
  const small = ["--minify-whitespace", "--minify-syntax"];
  await runBun([entry, "--target", target, "--format", "esm", ...small, "--outfile", bundle], dirname(bundle));
}

/** The file is its own second program, too: the thread that watches the host begins with the same file. */
function entryOf(plugin: string): string {
  const program = fileURLToPath(new URL("./program.ts", import.meta.url));
  const watch = fileURLToPath(new URL("../../transports/process/parent-watch.ts", import.meta.url));
  return [
    'import { isMainThread } from "node:worker_threads";',
    `if (isMainThread) await (await import(${JSON.stringify(program)})).serveBuilt(() => import(${JSON.stringify(plugin)}));`,
    `else await import(${JSON.stringify(watch)});`,
    "",
  ].join("\n");
}

async function runBun(args: readonly string[], cwd: string): Promise<void> {
  try {
    const bun = runtimeName === "bun" ? process.execPath : "bun";
    const { code, stderr } = await runProgram(bun, ["build", ...args], { cwd });
    if (code !== 0) throw new Error(complaintOf(stderr) ?? "bun build failed and does not say why");
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error("Bun makes the file, and there is no bun on the PATH: npm install --save-dev bun brings it", {
      cause: error,
    });
  }
}

/** Bun's first complaint, and where it has it from. */
function complaintOf(stderr: string): string | undefined {
  const [, message, place] = /^error: (.*)(?:\n\s+at (.*))?/m.exec(stderr) ?? [];
  return place === undefined ? message : `${message} (${place})`;
}

/** Starts what was built as a host would, but without a cookie. */
async function tryOut(file: string): Promise<void> {
  const { code, late, stderr } = await runProgram(file, [], { cwd: "/", env: {}, limitMs: tryMs });
  if (stderr.includes("This binary is a plugin")) return;
  if (late) throw new Error(`what was built does not start within ${tryMs / 1000} s`);
  const ended = code === undefined ? "is ended by a signal" : `ends with exit code ${code}`;
  const lines = stderr.trim().split("\n").map(createLogReader());
  // What a runtime prints of an error has the error's own line among others.
  const said = lines.find(({ message }) => /^\w*Error: /.test(message)) ?? lines.at(-1);
  throw new Error(said?.message || `what was built ${ended} and does not say why`);
}

function filesBesideOf(code: string): readonly string[] {
  const found = code.matchAll(/new URL\((["'`])(\.{1,2}\/[^"'`]+)\1,\s*import\.meta\.url\)/g);
  return [...new Set([...found].map(([, , path = ""]) => path))];
}

/** So that the last step is a rename: a host that starts the file meanwhile gets the old one or the new one. */
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
