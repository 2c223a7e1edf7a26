/** A program that embeds the runtime, whose standard error is read late, or no more. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { until } from "../../src/testing/until.ts";
import { root } from "../programs.ts";

const program = fileURLToPath(new URL("./programs/floods.ts", import.meta.url));
const runtimeArgs = "deno" in process.versions ? ["run", "--allow-all", "--no-lock"] : [];

/** Starts it, and resolves when it has logged so many lines. */
async function flood(
  lines: number,
  begin: (child: ChildProcessByStdio<Writable, Readable, Readable>) => void,
): Promise<ChildProcessByStdio<Writable, Readable, Readable>> {
  const args = [...runtimeArgs, program, String(lines)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["pipe", "pipe", "pipe"] });
  begin(child);
  await once(child.stdout, "data");
  return child;
}

it("goes on while nobody reads its log, keeps a bounded part of it, and says what it has dropped", async () => {
  const child = await flood(20_000, () => {});
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  const note = / WARN {2}host#0 (\d+) lines were dropped: nothing read them\n/;
  await until("the drops are told", () => note.test(output));
  const printed = output.match(/ line \d+ text=x{1000}\n/g)?.length ?? 0;
  expect(printed).toBeLessThan(10_000);
  expect(Number(note.exec(output)?.[1])).toBe(20_000 - printed);
  child.stdin.end();
  await once(child, "close");
  expect(output).toMatch(/ INFO {2}plugin#1 last\n$/);
});

it("goes on when the reader of its log has gone", async () => {
  const child = await flood(2000, ({ stderr }) => stderr.once("data", () => stderr.destroy()));
  child.stdin.end();
  expect(await once(child, "exit")).toEqual([0, null]);
});
