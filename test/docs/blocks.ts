/** The code blocks of a page, each with what the page says that it prints. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const pages = [
  "README.md",
  "docs/transports.md",
  "docs/supervision.md",
  "docs/writing-a-plugin.md",
  "docs/loop-services.md",
  "docs/testing.md",
  "docs/configuration.md",
  "docs/metrics.md",
  "docs/reliability.md",
  "docs/executables.md",
  "docs/performance.md",
] as const;

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Lines of the `text` block that comes next, before any other block and any heading. */
  readonly shown: readonly string[];
}

export function readPage(page: string): string {
  return readFileSync(`${root}${page}`, "utf8");
}

export function readBlocks(page: string): Block[] {
  const blocks: Block[] = [];
  const parts = readPage(page).matchAll(/^```(?<language>\w*)\n(?<text>.*?)^```$|^#+ [^\n]*$/gms);
  let open: { language: string; text: string; shown: string[] } | undefined;
  for (const { groups = {} } of parts) {
    const { language, text = "" } = groups;
    if (language === "text" && open !== undefined) {
      open.shown = text.split("\n").filter((line) => line.trim() !== "");
    }
    open = language === undefined || language === "text" ? undefined : { language, text, shown: [] };
    if (open !== undefined) blocks.push(open);
  }
  return blocks;
}

/** The cells of the table whose head begins with these words, without the head. */
export function readTable(page: string, head: string): string[][] {
  const lines = readPage(page).split("\n");
  const begin = lines.findIndex((line) => line.startsWith(head));
  if (begin === -1) throw new Error(`${page} has no table that begins with ${head}`);
  const rows = lines.slice(begin + 2);
  const length = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, length === -1 ? undefined : length).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
