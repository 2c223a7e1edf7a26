/**
 * What a thread or a process loads before its plugin's module, as few files: to find and read two hundred small ones would take most of
 * its start. The package has them since it was built (scripts/build.ts). For sources they are made once, where there is Bun, and kept beside
 * the packages under a name that stands for the sources; without Bun, the sources are loaded as they are.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { runtimeName } from "../../src/values/platform.ts";
import { cacheFolder } from "./compile-cache.ts";

export interface GuestFiles {
  /** What a thread, or a process, is started with. */
  readonly workerEntry: URL;
  readonly processEntry: URL;
  readonly guestProgram: URL;
}

/** The package: of sources, or of what was built of them. */
const root = fileURLToPath(new URL("../../", import.meta.url));
const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** What guests are made of; see the map of the folders in CONTRIBUTING.md. */
const parts = ["transports", "proto/gen", "src/guest", "src/http", "src/metrics", "src/values"];
/** Of its sixty files, a guest needs parts of ten. A plugin's own code may load it too, and then has a copy: errors are known by their form. */
const included = "node_modules/@connectrpc/connect/package.json";
/** Most plugins load all of protobuf for their messages: to share it is sooner done than to have another. */
const outside = ["@bufbuild/protobuf", "@connectrpc/connect-node", "piscina", "prom-client"];

const known = new Map<string, Promise<GuestFiles>>();

/** The files to start a plugin with. Never rejects. */
export function guestFiles(guestProgram: URL): Promise<GuestFiles> {
  const found = known.get(guestProgram.href) ?? find(guestProgram);
  known.set(guestProgram.href, found);
  return found;
}

async function find(guestProgram: URL): Promise<GuestFiles> {
  const program = relative(root, fileURLToPath(guestProgram));
  const bundle = program.startsWith("src/guest/") ? await findBundle(program).catch(() => undefined) : undefined;
  if (bundle === undefined) return filesIn(root, program, extension);
  return filesIn(bundle, program.slice(0, -extension.length), ".mjs");
}

function filesIn(folder: string, program: string, end: string): GuestFiles {
  const file = (path: string) => pathToFileURL(join(folder, path));
  return {
    workerEntry: file(`transports/worker/entry${end}`),
    processEntry: file(`transports/process/entry${end}`),
    guestProgram: file(program.endsWith(end) ? program : `${program}${end}`),
  };
}

async function findBundle(program: string): Promise<string | undefined> {
  if (extension === ".js") return existsSync(join(root, builtFolder)) ? join(root, builtFolder) : undefined;
  const folder = join(cacheFolder(), `guest-${hashOfSources(program)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  try {
    await bundleGuest(root, program, made);
    // It was made for this user alone; others may run hosts of the same sources.
    chmodSync(made, 0o755);
    renameSync(made, folder);
    return folder;
  } finally {
    // Another host may have been first.
    rmSync(made, { recursive: true, force: true });
  }
}

function hashOfSources(program: string): string {
  const connect = readFileSync(join(root, included));
  const hash = createHash("sha256").update(program).update(connect);
  for (const part of parts) {
    for (const name of readdirSync(join(root, part), { recursive: true, encoding: "utf8" }).sort()) {
      if (name.endsWith(extension)) hash.update(`\0${part}/${name}\0`).update(readFileSync(join(root, part, name)));
    }
  }
  return hash.digest("hex").slice(0, 32);
}

/** Where the built package has them. */
export const builtFolder = "guest";

/**
 * Makes the files with Bun.
 * @param from a folder of sources, or of what was built of them
 * @param program the guest program's module in it
 * @throws Error of Bun, also where there is none
 */
export async function bundleGuest(from: string, program: string, to: string): Promise<void> {
  const installed = join(root, "node_modules/.bin/bun");
  const bun = runtimeName === "bun" ? process.execPath : existsSync(installed) ? installed : "bun";
  const end = program.slice(program.lastIndexOf("."));
  const entries = [`transports/worker/entry${end}`, `transports/process/entry${end}`, program];
  await promisify(execFile)(
    bun,
    [
      ...["build", ...entries, "--root", ".", "--outdir", to, "--target", "node", "--format", "esm", "--splitting"],
      ...["--entry-naming", "[dir]/[name].mjs", "--chunk-naming", "[name]-[hash].mjs"],
      ...outside.flatMap((name) => ["--external", name]),
    ],
    { cwd: from },
  );
}
