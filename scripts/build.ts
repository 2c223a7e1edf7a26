/**
 * Builds `dist`: JavaScript and type declarations of src, transports and what they use of proto/gen, in the same folders, and the page;
 * and what threads and processes of plugins load, as few files. The compiler turns `.ts` into `.js` in imports, but not in the URLs of
 * modules that are made in code, nor in declarations.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtFolder, bundleGuest } from "../transports/loading/guest-files.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "dist");

/** Where one module names another, beside the imports that the compiler takes care of: the relative path without its `.ts`. */
const mention = /((?:from |import ?\(?|new URL\()")(\.{1,2}\/[^"]+)\.ts"/g;

/** Served as it is. */
const page = "src/server/page";

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync("tsc", ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
if (status !== 0) process.exit(1);
cpSync(join(root, page), join(dist, page), { recursive: true, filter: (file) => !file.endsWith(".json") });
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (/\.(js|d\.ts)$/.test(file)) pointToBuilt(join(dist, file));
}
chmodSync(join(dist, "src/cli/main.js"), 0o755);
await bundleGuest(dist, "src/guest/program.js", join(dist, builtFolder));

function pointToBuilt(path: string): void {
  const text = readFileSync(path, "utf8");
  const built = text.replace(mention, (_, before: string, target: string) => {
    if (existsSync(join(dirname(path), `${target}.js`))) return `${before}${target}.js"`;
    throw new Error(`cannot build ${path}: it names "${target}.ts", which is not built`);
  });
  if (built !== text) writeFileSync(path, built);
}
