/** The files that `loopp build` makes of our plugins, started by Chainlink's own host code. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildPlugin } from "../../../src/build/build-plugin.ts";
import { runtimeName } from "../../../src/values/platform.ts";
import { describePeer } from "../support.ts";
import { runHost, served } from "./support.ts";

describePeer("host-2026", "our plugins as built files", () => {
  const folder = mkdtempSync(join(tmpdir(), "built-"));
  const built = (name: string) => join(folder, runtimeName === "node" ? `${name}.mjs` : name);
  beforeAll(async () => {
    for (const name of ["median", "simulated"]) {
      const module = new URL(`../../../src/plugins/${name}/plugin.ts`, import.meta.url);
      const form = runtimeName === "bun" ? "executable" : "bundle";
      await buildPlugin({ module, output: built(name), runtime: runtimeName, form });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("start without arguments and live as they do from their sources", async () => {
    const [file, sources] = await Promise.all([
      runHost("host-2026", "goodbye", [built("median")], { flags: ["-bare"] }),
      runHost("host-2026", "goodbye", served("median")),
    ]);
    expect(file.lines).toEqual(sources.lines);
  });

  it("make reports together, also when the relayer is killed", async () => {
    const run = async (command: readonly string[]) => (await runHost("host-2026", "full-round", command)).lines;
    const [files, sources] = await Promise.all([
      run([built("median"), "--", built("simulated")]),
      run([...served("median"), "--", ...served("simulated")]),
    ]);
    expect(files).toEqual(sources);
  });
});
