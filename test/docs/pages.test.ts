import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseJob } from "../../src/jobs/load.ts";
import { loadConfig } from "../../src/node/config/load.ts";
import { toPluginOptions } from "../../src/node/config/plugins/options.ts";
import { resolvePlugin } from "../../src/node/config/plugins/resolve.ts";
import { loadCustomTransports } from "../../src/node/plugins/custom-transports.ts";
import { transportKinds } from "../../src/runtime/built-in-transports.ts";
import { createRuntime } from "../../src/runtime/create-runtime.ts";
import { type Block, pages, readBlocks, readPage, readTable, root } from "./blocks.ts";
import { comparable, curl, packages, type Ran, runProgram, runTests, scripts, startNode } from "./commands.ts";

const examples = readdirSync(join(root, "examples"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
const isJob = (toml: string) => toml.startsWith("type = ");
const flagsOf = (config: string) => ({ config, transports: new Map<string, string>(), jobs: [], help: false });

/** Where a reader of the page has put the files that the page shows. */
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "loopp-docs-"));
  for (const { language, text } of readBlocks("README.md")) {
    if (language === "toml") writeFileSync(join(folder, isJob(text) ? "eth-usd.toml" : "node.toml"), text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectShown(output: string, shown: readonly string[], options: { numbers: boolean }): void {
  const lines = output.split("\n").map((line) => comparable(line, options));
  expect(lines).toEqual(expect.arrayContaining(shown.map((line) => comparable(line, options))));
}

async function checkCommand(command: string, block: Block): Promise<void> {
  for (const step of command.split(" && ")) {
    const [program = "", verb = "", ...words] = step.split(/\s+(?:#.*)?/).filter((word) => word !== "");
    const script = verb === "run" ? words[0] : verb;
    if (program === "npm" || verb === "run") {
      if (verb !== "install") expect(Object.keys(scripts)).toContain(script);
      if (verb === "run" && script === "node") await checkNode(words.slice(1), block);
    } else if (["npx", "bun", "deno"].includes(program) && ["vitest", "test"].includes(verb)) {
      expectEnd(await runTests(program, [verb, ...words]), 0);
    } else if (program === "bun" && verb.endsWith(".ts")) {
      const ran = await runProgram([verb, ...words], folder);
      expectEnd(ran, Number(/# exits with (\d)/.exec(step)?.[1] ?? 0));
      expectShown(ran.output, block.shown, { numbers: true });
    } else throw new Error(`The page has a command that no test understands: ${step}`);
  }
}

async function checkNode(flags: readonly string[], { shown }: Block): Promise<void> {
  await using node = await startNode(flags);
  const ran = await node.end();
  expectEnd(ran, 0);
  expectShown(ran.output, shown, { numbers: false });
}

function expectEnd({ code, output }: Ran, expected: number): void {
  expect({ code, output }).toEqual({ code: expected, output });
}

for (const page of pages) {
  describe(page, () => {
    const blocks = readBlocks(page);

    it("begins with something that runs", () => {
      expect(blocks[0]?.language).toBe("sh");
    });

    for (const { language, text, ...rest } of blocks) {
      const title = text.split("\n", 1)[0] ?? "";
      if (language === "ts") {
        it(`shows a file of examples/ as it is: ${title}`, () => {
          expect(examples).toContain(text);
        });
      } else if (language === "sh" && !text.startsWith("curl")) {
        for (const command of text.trim().split("\n")) {
          it(`tells to run what runs and prints what it says: ${command}`, () =>
            checkCommand(command, { language, text, ...rest }));
        }
      } else if (language === "toml" && isJob(text)) {
        it("shows a job that the node takes", () => {
          expect(parseJob(text, "job.toml").plugin).toBe("median.eth-usd");
        });
      } else if (language === "toml") {
        it("shows a config that the node takes", async () => {
          const config = join(folder, `${page.replaceAll("/", "-")}.toml`);
          // The page's config stands beside the examples.
          writeFileSync(config, text.replaceAll('"examples/', `"${root}examples/`));
          const loaded = loadConfig({ flags: flagsOf(config), env: {}, transports: transportKinds });
          const builtIn = new URL("../../src/plugins/median/plugin.ts", import.meta.url);
          const options = toPluginOptions(resolvePlugin(loaded.plugins, "median"), builtIn);
          const transports = await loadCustomTransports(loaded);
          for (const transport of [...transportKinds, ...transports.map(({ kind }) => kind)]) {
            const plugins = { median: { ...options, transport } };
            await using _ = await createRuntime({ plugins, transports, autoStart: false });
          }
        });
      }
    }

    it("has links that lead somewhere", () => {
      const links = [...readPage(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = ""]) => link);
      const broken = links.filter((link) => !existsSync(join(root, page, "..", link)));
      expect(broken).toEqual([]);
    });
  });
}

describe("README.md", () => {
  it("lists routes that answer, and curls that work", async () => {
    await using node = await startNode([]);
    const cells = readTable("README.md", "| route").map(([cell = ""]) => cell.replaceAll("NAME", "median.widget-usd"));
    const gets = cells.flatMap((cell) => [...cell.matchAll(/`GET (\/[^`]*)`/g)]).map(([, path]) => path);
    expect(gets).toContain("/discovery");
    const probes = readBlocks("docs/reliability.md").filter(({ language }) => language === "yaml");
    const probed = probes.flatMap(({ text }) => [...text.matchAll(/path: ([^,\s]+)/g)]).map(([, path = ""]) => path);
    expect(probed).toEqual(["/livez", "/readyz"]);
    gets.push(...probed);
    for (const path of gets) {
      const response = await fetch(`http://127.0.0.1:${node.port}${path}`, { signal: AbortSignal.timeout(10_000) });
      expect([path, response.status]).toEqual([path, 200]);
      await response.text();
    }
    const curls = readBlocks("README.md").filter(({ text }) => text.startsWith("curl"));
    for (const command of curls.flatMap(({ text }) => text.trim().split("\n"))) {
      const response = await curl(command, node.port);
      expect([command, response.status, (await response.text()).length > 2]).toEqual([command, 200, true]);
    }
    for (const verb of ["restart", "stop", "start"]) {
      const url = `http://127.0.0.1:${node.port}/plugins/median.widget-usd/${verb}`;
      expect(cells.join(" ")).toContain(`/${verb}\``);
      const response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(10_000) });
      expect([verb, response.status, await response.text()]).toEqual([verb, 200, expect.any(String)]);
    }
    const { code, output } = await node.end();
    expect([code, output]).toEqual([
      0,
      expect.stringContaining("carried out order=stop plugin=median.widget-usd by=local"),
    ]);
  });

  it("gives Prometheus the address at which the node listens by itself", () => {
    const yaml = readBlocks("README.md").find(({ language }) => language === "yaml")?.text;
    const { http } = loadConfig({ flags: flagsOf(join(folder, "node.toml")), env: {}, transports: transportKinds });
    expect(yaml).toContain(`- url: http://${http.host}:${http.port}/discovery`);
  });

  it("says of every script in package.json only what is there", () => {
    for (const [, script = ""] of readPage("README.md").matchAll(/npm run ([\w:]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
  });
});

describe("CONTRIBUTING.md", () => {
  it("gives a reason for every package and names no other", () => {
    const named = readTable("CONTRIBUTING.md", "| package |").flatMap(([cell = ""]) => {
      return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    });
    expect(named.toSorted()).toEqual(packages.toSorted());
  });

  it("has every folder of the sources on its map", () => {
    const cells = readTable("CONTRIBUTING.md", "| folder |").map(([cell = ""]) => cell);
    for (const { name } of readdirSync(join(root, "src"), { withFileTypes: true }).filter((one) => one.isDirectory())) {
      expect(cells).toContain(`\`src/${name}/\``);
    }
  });
});
