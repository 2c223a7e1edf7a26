import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { run } from "../programs.ts";

const program = fileURLToPath(new URL("./programs/shortage.ts", import.meta.url));
const runtime = "deno" in process.versions ? ["run", "--allow-all", "--no-lock"] : [];

it("a plugin that ends while its host has hardly any descriptors left is ready again when there are some, and no sooner given up", async () => {
  const words = ["-c", 'ulimit -n 256; exec "$0" "$@" 256', process.execPath, ...runtime, program];
  const { code, stdout, stderr } = await run("/bin/sh", words, { cwd: "/" });
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  // Both in a thread and in a process.
  const { during, after } = JSON.parse(stdout);
  expect(during).toHaveLength(2);
  for (const state of during) expect(state).toMatch(/^(backing-off|starting)$/);
  expect(after).toEqual(["ready", "ready"]);
});
