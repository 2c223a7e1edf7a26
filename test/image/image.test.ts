/** The Dockerfile: sound by itself, and what it builds, run without a container engine (see `scripts/image.ts`). */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goProgram } from "../../scripts/go-program.ts";
import { buildImage, type Image, startInImage } from "../../scripts/image.ts";
import { loopps } from "../../src/build/loopps.ts";
import { commandVariable } from "../../src/node/config/plugins/variables.ts";
import { peer } from "../interop/peers.ts";
import { root } from "../programs.ts";

const text = readFileSync(join(root, "Dockerfile"), "utf8");
const ignored = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");

describe("the Dockerfile", () => {
  it("is valid", () => {
    expect(validate(text)).toEqual([]);
  });

  it("copies only what .dockerignore lets through, and all of that", () => {
    const copied = DockerfileParser.parse(text)
      .getCOPYs()
      .filter((copy) => copy.getFromFlag() === null)
      .flatMap((copy) => copy.getArguments().slice(0, -1))
      .map((argument) => `!${argument.getValue()}`);
    expect(ignored.filter((line) => line.startsWith("!")).toSorted()).toEqual([...new Set(copied)].toSorted());
  });
});

describe("the image", () => {
  let folder = "";
  let image: Image;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "loopp-image-"));
    image = await buildImage(root, folder);
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has everything but the init that hands on signals, which a machine's packages bring", () => {
    expect(image.leftOut).toEqual([expect.stringContaining(" tini=")]);
    expect(image.entrypoint.slice(0, 2)).toEqual(["tini", "--"]);
  });

  it("has the node's dependencies and none that is for development", () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const has = (name: string) =>
      statSync(join(image.root, image.workingDirectory, "node_modules", name), { throwIfNoEntry: false }) !== undefined;
    expect(Object.keys(dependencies).filter((name) => !has(name))).toEqual([]);
    expect(Object.keys(devDependencies).filter(has)).toEqual([]);
  });

  it("has what its plugins load first as a few files, which its user could not write", () => {
    const kept = readdirSync(join(image.root, image.workingDirectory, "node_modules/.cache/loopp"));
    expect(kept).toEqual([expect.stringMatching(/^guest-/)]);
  });

  it("runs as another user than root, with plugins of its own unless it is told of commands", () => {
    expect(image.user.uid).toBeGreaterThan(0);
    const commands = Object.entries(image.environment).filter(([name]) => name.startsWith("CL_"));
    expect(Object.fromEntries(commands)).toEqual({
      CL_MEDIAN_CMD: "",
      CL_EVM_CMD: "",
      CL_SOLANA_CMD: "",
      CL_STARKNET_CMD: "",
    });
    expect(existsSync(join(image.root, "usr/local/bin/chainlink-feeds"))).toBe(false);
  });

  it("serves on every address, is found healthy, runs rounds and ends with 0 at SIGTERM", async () => {
    const port = await freePort();
    // The check asks this machine, whatever proxy the container is told of.
    const environment = { ...image.environment, HTTP_PROXY: "http://127.0.0.1:9" };
    const healthy = async () => {
      const [code] = await once(startInImage({ ...image, environment }, image.healthCheck, port), "close");
      return code === 0;
    };
    expect(await healthy()).toBe(false);
    const words = [...image.entrypoint, "--transport", "median=process", "--transport", "simulated=worker"];
    await whileItRuns(image, words, port, async (output) => {
      expect(output()).toContain(`http://0.0.0.0:${port}/`);
      expect(await healthy()).toBe(true);
      const response = await fetch(`http://${outerAddress()}:${port}/plugins/median.widget-usd`);
      expect(await response.json()).toMatchObject({ transport: "process", state: "ready" });
    });
  });
});

describe("the image with Chainlink's own plugins", () => {
  it("includes all that `loopp install` knows, unless it is told which", () => {
    const [, names] = /^ARG LOOPPS="(.*)"$/m.exec(text) ?? [];
    expect(names?.split(" ")).toEqual(Object.keys(loopps));
    for (const kind of Object.keys(loopps))
      expect(text).toMatch(new RegExp(`^ARG .*\\b${commandVariable(kind)}=""`, "m"));
  });

  it("runs what it includes, and goes without what could not be built", { timeout: 15 * 60_000 }, async () => {
    // The same sources, and so most of the work, which is then done once.
    if (goProgram !== undefined) await peer("chainlink-feeds");
    const folder = mkdtempSync(join(tmpdir(), "loopp-image-"));
    const programs = mkdtempSync(join(tmpdir(), "loopp-go-"));
    const { PATH } = process.env;
    try {
      writeGo(programs);
      process.env.PATH = `${programs}${delimiter}${PATH}`;
      const image = await buildImage(root, folder, {
        target: "with-loopps",
        arguments: { LOOPPS: "solana median" },
      });
      const commands = async (environment: Readonly<Record<string, string>> = {}) => {
        const envFile = image.entrypoint.filter((word) => word.startsWith("--env-file"));
        const told = { ...image, environment: { ...image.environment, ...environment } };
        const shown = await readAll(startInImage(told, ["bun", ...envFile, "src/cli/main.ts", "config"], 1));
        return shown.split("\n").filter((line) => line.includes(".command = "));
      };
      const median = expect.stringMatching(/^plugins\.median\.command = "chainlink-feeds" +# CL_MEDIAN_CMD$/);
      expect(await commands()).toEqual([median]);
      // What a container is told counts before that, also that it is to be the built-in plugin.
      expect(await commands({ CL_MEDIAN_CMD: "" })).toEqual([]);
      const port = await freePort();
      await whileItRuns(image, image.entrypoint, port, async () => {
        const response = await fetch(`http://127.0.0.1:${port}/plugins/median.widget-usd`);
        const { pid, transport } = (await response.json()) as { pid: number; transport: string };
        expect(transport).toBe("process");
        const program = join(image.root, "usr/local/bin/chainlink-feeds");
        if (goProgram !== undefined) expect(readlinkSync(`/proc/${pid}/exe`)).toBe(program);
      });
    } finally {
      process.env.PATH = PATH;
      for (const one of [folder, programs]) rmSync(one, { recursive: true, force: true });
    }
  });
});

/**
 * A program `go` that cannot build the plugin for Solana. It has Go build the others; where there is none, each is a plugin of ours.
 * @param folder where it is written
 */
function writeGo(folder: string): void {
  const plugin = "exec bun src/cli/main.ts serve src/plugins/median/plugin.ts";
  const build = `while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n${plugin}\\n' > "$2"
chmod +x "$2"`;
  const script = `#!/bin/sh
case "$*" in *solana*) echo "no such module" >&2; exit 1;; esac
${goProgram === undefined ? build : `exec "${goProgram}" "$@"`}
`;
  writeFileSync(join(folder, "go"), script, { mode: 0o755 });
}

async function readAll(program: ChildProcess): Promise<string> {
  let text = "";
  program.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(program, "close");
  return text;
}

/** Starts a node, waits for a round and for what is to be seen then, and ends it as an engine does. */
async function whileItRuns(
  image: Image,
  words: readonly string[],
  port: number,
  look: (output: () => string) => Promise<void>,
): Promise<void> {
  const node = startInImage(image, words, port);
  const ended = once(node, "close");
  let output = "";
  try {
    const round = Promise.withResolvers<void>();
    for (const stream of [node.stdout, node.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        if (/round .*transmitted/.test(output)) round.resolve();
      });
    }
    await Promise.race([round.promise, ended]);
    await look(() => output);
    node.kill("SIGTERM");
    expect({ output, end: await ended }).toEqual({ output: expect.any(String), end: [0, null] });
  } finally {
    node.kill("SIGKILL");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** One by which a server on 127.0.0.1 is not reached. */
function outerAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.2";
}
