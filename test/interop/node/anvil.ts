/** The chain's program, of a pinned version from npm's registry. Only the full run of the tests needs it, so it is no dependency. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../../scripts/go-program.ts";
import { run } from "./programs.ts";

const name = `@foundry-rs/anvil-${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
const version = "1.7.1";

/** Its path. Fetches it when it is first asked for. */
export async function fetchAnvil(): Promise<string> {
  const folder = join(cacheFolder(), `anvil-${version}`);
  const path = join(folder, "node_modules", name, "bin", "anvil");
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    await run([
      "npm",
      "install",
      "--prefix",
      folder,
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      `${name}@${version}`,
    ]);
  }
  return path;
}
