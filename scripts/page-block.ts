/** Parts of pages that scripts write: between two comments, by a name. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Sets the exit code where a part of a page is not what it should be; `--write` makes it so instead.
 * @param page from the root, such as `docs/interop.md`
 * @param script what was run, for who has to run it again
 * @throws Error when the page has no such part
 */
export function holdBlock(page: string, name: string, content: string, script: string): void {
  const file = fileURLToPath(new URL(`../${page}`, import.meta.url));
  const text = readFileSync(file, "utf8");
  const { from, to } = placeOf(text, name);
  const held = `${text.slice(0, from)}${content}${text.slice(to)}`;
  if (process.argv.includes("--write")) writeFileSync(file, held);
  else if (held !== text) {
    console.error(`${page}: the ${name} are not what they should be; "node ${script} --write" writes them`);
    process.exitCode = 1;
  }
}

/** A part of a page. @throws Error when the page has no such part */
export function blockOf(text: string, name: string): string {
  const { from, to } = placeOf(text, name);
  return text.slice(from, to);
}

/** Between the marks, which are lines of their own. */
function placeOf(text: string, name: string): { from: number; to: number } {
  const begin = `<!-- begin of the ${name} -->\n`;
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(`<!-- end of the ${name} -->\n`);
  if (from < begin.length || to < from) throw new Error(`The page has no marks of the ${name}`);
  return { from, to };
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (text === "" ? " " : ` ${text.replaceAll("|", "\\|")} `);
  const line = (cells: readonly string[]) => `|${cells.map(cell).join("|")}|\n`;
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`;
}
