/** Fails when proto/gen is not what the schemas in proto/ generate. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorText } from "../src/values/error-text.ts";

const proto = new URL("../proto/", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "loopp-gen-"));
try {
  cpSync(proto, scratch, { recursive: true, filter: (source) => !source.startsWith(join(proto, "gen")) });
  const { status } = spawnSync("buf", ["generate"], { cwd: scratch, stdio: "inherit" });
  if (status !== 0) throw new Error("cannot generate code: buf failed");
  const fresh = filesOf(join(scratch, "gen"));
  const committed = filesOf(join(proto, "gen"));
  const stale = [...new Set([...fresh.keys(), ...committed.keys()])].filter(
    (path) => fresh.get(path) !== committed.get(path),
  );
  if (stale.length > 0) throw new Error(`generated code is stale, run \`npm run gen\`: ${stale.join(", ")}`);
} catch (error) {
  console.error(errorText(error));
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function filesOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
    }),
  );
}
