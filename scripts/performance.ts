/**
 * Holds the figures and pictures of docs/performance.md against the results of the bench, docs/performance/results.json. `--write` writes
 * them instead. `npm run bench -- --all --write` measures first.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pageParts, performanceFolder, performancePage, resultsFile } from "../bench/page.ts";
import { holdBlock } from "./page-block.ts";

const script = "scripts/performance.ts";
const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const { blocks, pictures } = pageParts(JSON.parse(readFileSync(fileOf(resultsFile), "utf8")));
for (const [name, content] of blocks) holdBlock(performancePage, name, content, script);
for (const [name, picture] of pictures) {
  const file = fileOf(`${performanceFolder}${name}`);
  if (process.argv.includes("--write")) writeFileSync(file, picture);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== picture) {
    console.error(`${performanceFolder}${name}: it does not show the results; "node ${script} --write" draws it`);
    process.exitCode = 1;
  }
}
