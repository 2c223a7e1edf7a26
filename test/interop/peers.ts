/**
 * The real Go programs that the tests run against. Each is built by `go build` when first asked for, from a module beside this
 * file whose go.mod and go.sum pin every version, and kept in the user's cache folder under the hash of what it was built from.
 * `node test/interop/peers.ts [NAME ...]` builds some of them beforehand, or all but those of a node of Chainlink's, which only the full
 * run of the tests needs. The cache may be removed at any time.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findGo } from "../../scripts/find-program.ts";

const conformancePlugin = "github.com/smartcontractkit/chainlink-common/pkg/loop/internal/test/cmd";
const feeds = "github.com/smartcontractkit/chainlink-feeds";
const starknet = "github.com/smartcontractkit/chainlink-starknet/relayer";
const common = "github.com/smartcontractkit/chainlink-common";
const chainlink = "github.com/smartcontractkit/chainlink/v2";

interface Peer {
  /** Of its module, beside this file. */
  readonly folder: string;
  /** The main package. */
  readonly main: string;
  /** The module whose version is the peer's. */
  readonly versionOf: string;
  /** Whether it needs C: the others have one way to be built, with or without a C compiler. */
  readonly isPartlyC?: boolean;
}

const peers = {
  "chainlink-feeds": { folder: "2024", main: `${feeds}/cmd/chainlink-feeds`, versionOf: feeds },
  "conformance-2024": { folder: "2024", main: conformancePlugin, versionOf: common },
  "frost-2024": { folder: "2024", main: "./frost", versionOf: common },
  "host-2024": { folder: "2024", main: "./host", versionOf: common },
  "conformance-2026": { folder: "2026", main: conformancePlugin, versionOf: common },
  "frost-2026": { folder: "2026", main: "./frost", versionOf: common },
  "host-2026": { folder: "2026", main: "./host", versionOf: common },
  "chainlink-starknet": {
    folder: "starknet",
    main: `${starknet}/pkg/chainlink/cmd/chainlink-starknet`,
    versionOf: starknet,
  },
  chainlink: { folder: "node", main: chainlink, versionOf: chainlink, isPartlyC: true },
  // Of the node's time: the one above speaks to later nodes only.
  "feeds-of-node": { folder: "node", main: `${feeds}/cmd/chainlink-feeds`, versionOf: feeds },
  feedtool: { folder: "node", main: "./feedtool", versionOf: "github.com/smartcontractkit/libocr" },
} as const satisfies Readonly<Record<string, Peer>>;

export type PeerName = keyof typeof peers;

const peerNames = Object.keys(peers) as readonly PeerName[];
const ofEveryRun = peerNames.filter((name) => peers[name].folder !== "node");

/** Undefined on a machine without Go 1.21 or later: then the tests here are skipped, and `scripts/test.ts` says so. */
export const goProgram = findGo();

/** What a peer was released as, such as "v0.1.1"; for what is ours, the version of chainlink-common that it is made of. */
export function peerVersion(name: PeerName): string {
  const { folder, versionOf } = peers[name];
  const goMod = readFileSync(join(moduleFolder(folder), "go.mod"), "utf8");
  const words = goMod.split(/\s+/);
  const version = words.find((word, index) => words[index - 1] === versionOf && /^v\d/.test(word));
  if (version === undefined) throw new Error(`test/interop/${folder}/go.mod: no version of ${versionOf}`);
  return version;
}

const asked = new Map<PeerName, Promise<string>>();

/**
 * The path of a peer's binary. Builds it where it is not built yet, which takes a minute or two on an idle machine.
 * @throws Error with Go's own words when there is no Go, or when it cannot build
 */
export function peer(name: PeerName): Promise<string> {
  let path = asked.get(name);
  if (path === undefined) {
    path = findOrBuild(name);
    asked.set(name, path);
  }
  return path;
}

async function findOrBuild(name: PeerName): Promise<string> {
  if (goProgram === undefined) throw new Error(`Cannot build ${name}: there is no Go (1.21 or later) on PATH`);
  const source = moduleFolder(peers[name].folder);
  const folder = join(cacheFolder(), hashOf(name, source));
  const binary = join(folder, name);
  mkdirSync(folder, { recursive: true });
  while (!existsSync(binary)) {
    // Whoever holds the lock builds; a builder that died is replaced. Two at once would only cost time: the last step is a rename.
    if (takeLock(`${binary}.lock`)) {
      try {
        if (!existsSync(binary)) await build(name, goProgram, source, binary);
      } finally {
        rmSync(`${binary}.lock`, { force: true });
      }
    } else await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return binary;
}

function moduleFolder(folder: string): string {
  return fileURLToPath(new URL(folder, import.meta.url));
}

/** Where what was built or fetched is kept. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "loopp", "interop");
}

/** Of all that decides what the binary is, Go's own version aside. */
function hashOf(name: PeerName, source: string): string {
  const { main } = peers[name];
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${main}`);
  const files = ["go.mod", "go.sum"];
  if (main.startsWith("./")) {
    const program = goFiles(source, main);
    if (program.length === 0) throw new Error(`Cannot build ${name}: ${join(source, main)} holds no Go program`);
    files.push(...program);
  }
  // What stands in for modules that cannot be had.
  files.push(...goFiles(source, "stubs"));
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(source, file)));
  return hash.digest("hex").slice(0, 16);
}

function goFiles(source: string, folder: string): readonly string[] {
  const path = join(source, folder);
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

async function build(name: PeerName, go: string, source: string, binary: string): Promise<void> {
  const unfinished = `${binary}.${process.pid}`;
  const { isPartlyC = false }: Peer = peers[name];
  // Without debugging data, linking is quick. An older Go fetches the one that the module asks for, also where the system has told it
  // not to; not where the user has.
  const child = spawn(
    go,
    ["build", "-mod=readonly", "-buildvcs=false", "-ldflags=-s -w", "-o", unfinished, peers[name].main],
    {
      cwd: source,
      env: { GOTOOLCHAIN: "auto", ...process.env, CGO_ENABLED: isPartlyC ? "1" : "0", GOWORK: "off" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
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
      const { folder, main } = peers[name];
      throw new Error(`Cannot build ${name}: "go build ${main}" in test/interop/${folder} said:\n${said.trim()}`);
    }
    renameSync(unfinished, binary);
  } finally {
    process.removeListener("exit", end);
    rmSync(unfinished, { force: true });
  }
}

if (import.meta.main) {
  process.once("SIGTERM", () => process.exit(143));
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !Object.hasOwn(peers, name));
  if (unknown !== undefined) throw new RangeError(`There is no peer "${unknown}"; there are ${peerNames.join(", ")}`);
  for (const name of names.length === 0 ? ofEveryRun : (names as PeerName[])) console.log(await peer(name));
}
