/**
 * Go programs, built by `go build` when first asked for, from modules whose go.mod and go.sum pin every version, and kept in the user's
 * cache folder under the hash of what they were built from. The cache may be removed at any time.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { findGo } from "./find-program.ts";

export interface GoProgram {
  readonly name: string;
  /** Path of its module. */
  readonly module: string;
  /** The main package: a path of the module that has it, or one in this module, which begins with ".". */
  readonly main: string;
  /** Whether it needs C: the others have one way to be built, with or without a C compiler. */
  readonly isPartlyC?: boolean;
}

const root = fileURLToPath(new URL("../", import.meta.url));

/** Undefined on a machine without Go 1.21 or later. */
export const goProgram: string | undefined = findGo();

/** Where what was built or fetched is kept. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "loopp", "interop");
}

/**
 * The path of the program's binary. Builds it where it is not built yet, which takes up to a minute or two on an idle machine.
 * @throws Error with Go's own words when there is no Go, or when it cannot build
 */
export async function buildGo(program: GoProgram): Promise<string> {
  const { name } = program;
  if (goProgram === undefined) throw new Error(`Cannot build ${name}: there is no Go (1.21 or later) on PATH`);
  const folder = join(cacheFolder(), hashOf(program));
  const binary = join(folder, name);
  mkdirSync(folder, { recursive: true });
  while (!existsSync(binary)) {
    // Whoever holds the lock builds; a builder that died is replaced. Two at once would only cost time: the last step is a rename.
    if (takeLock(`${binary}.lock`)) {
      try {
        if (!existsSync(binary)) await build(program, goProgram, binary);
      } finally {
        rmSync(`${binary}.lock`, { force: true });
      }
    } else await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return binary;
}

/** The version of a module that another one's go.mod pins. @throws Error when it pins none */
export function pinnedVersion(module: string, of: string): string {
  const words = readFileSync(join(module, "go.mod"), "utf8").split(/\s+/);
  const version = words.find((word, index) => words[index - 1] === of && /^v\d/.test(word));
  if (version === undefined) throw new Error(`${relative(root, module)}/go.mod: no version of ${of}`);
  return version;
}

/** Of all that decides what the binary is, Go's own version aside. */
function hashOf({ name, module, main }: GoProgram): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${main}`);
  const files = ["go.mod", "go.sum"];
  if (main.startsWith(".")) {
    const program = goFiles(module, main);
    if (program.length === 0) throw new Error(`Cannot build ${name}: ${join(module, main)} holds no Go program`);
    files.push(...program);
  }
  // What stands in for modules that cannot be had.
  files.push(...goFiles(module, "stubs"));
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(module, file)));
  return hash.digest("hex").slice(0, 16);
}

function goFiles(module: string, folder: string): readonly string[] {
  const path = join(module, folder);
  const found = existsSync(path) ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  return found
    .filter((file) => file.endsWith(".go"))
    .sort()
    .map((file) => join(folder, file));
}

function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (!isHeld(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isHeld(lock: string): boolean {
  try {
    const holder = readFileSync(lock, "utf8");
    // Written in two steps: a lock that names nobody is one that is just being taken.
    if (holder !== "") process.kill(Number(holder), 0);
    return true;
  } catch {
    return false;
  }
}

async function build({ name, module, main, isPartlyC = false }: GoProgram, go: string, binary: string): Promise<void> {
  const unfinished = `${binary}.${process.pid}`;
  // Without debugging data, linking is quick. An older Go fetches the one that the module asks for, also where the system has told it
  // not to; not where the user has.
  const child = spawn(go, ["build", "-mod=readonly", "-buildvcs=false", "-ldflags=-s -w", "-o", unfinished, main], {
    cwd: module,
    env: { GOTOOLCHAIN: "auto", ...process.env, CGO_ENABLED: isPartlyC ? "1" : "0", GOWORK: "off" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = () => void child.kill();
  process.once("exit", end);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) {
      throw new Error(`Cannot build ${name}: "go build ${main}" in ${relative(root, module)} said:\n${said.trim()}`);
    }
    renameSync(unfinished, binary);
  } finally {
    process.removeListener("exit", end);
    rmSync(unfinished, { force: true });
  }
}
