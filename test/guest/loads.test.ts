/** What a plugin loads before anything asks for it: each package costs a plugin its start and its memory, in every thread and process. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { guestFiles } from "../../transports/loading/guest-files.ts";
import { root, succeed } from "../programs.ts";

it("loads no package that its calls do not need: metrics when they are asked for, the host's parts never", async () => {
  const guest = new URL("../../transports/worker/guest.ts", import.meta.url).href;
  const output = await succeed("node", ["test/guest/programs/loads.ts", guest], { cwd: root });
  expect(JSON.parse(output)).toEqual({
    text: "hello guest",
    packages: ["@bufbuild/protobuf", "@connectrpc/connect"],
    loadsFetch: false,
  });
});

it("is started from a few files, made once of what guests need and of nothing else", async () => {
  const program = new URL("../../src/guest/program.ts", import.meta.url);
  const files = await guestFiles(program);
  expect(await guestFiles(program)).toBe(files);
  expect(existsSync(files.workerEntry) && existsSync(files.processEntry)).toBe(true);
  const folder = new URL("../../", files.guestProgram);
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => readFileSync(new URL(name, folder), "utf8"));
  expect(texts.length).toBeLessThan(30);
  // Bun names the source before each part.
  const sources = texts.flatMap((text) => [...text.matchAll(/^\/\/ (\S+\.[jt]s)$/gm)].map(([, path = ""]) => path));
  expect(sources.filter((path) => path.startsWith("src/guest/"))).toContain("src/guest/program.ts");
  const wanted =
    /^(transports|proto\/gen|src\/(guest|http|metrics|values)|.*node_modules\/(@connectrpc\/connect|hono))\//;
  expect(sources.filter((path) => !wanted.test(path))).toEqual([]);
});
