/** The Dockerfile: sound by itself, and what it builds, run without a container engine (see `scripts/image.ts`). */
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildImage, type Image, startInImage } from "../../scripts/image.ts";
import { loopps } from "../../src/build/loopps.ts";
import { commandVariable } from "../../src/node/config/plugins/variables.ts";
import { goProgram, peer } from "../interop/peers.ts";
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
    const healthy = async () => {
      const [code] = await once(startInImage(image, image.healthCheck, port), "close");
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

  it.skipIf(goProgram === undefined)(
    "runs rounds on those that its build was told to run",
    async () => {
      // The same sources, and so most of the work, which is then done once.
      await peer("chainlink-feeds");
      const folder = mkdtempSync(join(tmpdir(), "loopp-image-"));
      try {
        const image = await buildImage(root, folder, {
          target: "with-loopps",
          arguments: { LOOPPS: "median", CL_MEDIAN_CMD: "chainlink-feeds" },
        });
        const port = await freePort();
        await whileItRuns(image, image.entrypoint, port, async () => {
          const program = join(image.root, "usr/local/bin/chainlink-feeds");
          const response = await fetch(`http://127.0.0.1:${port}/plugins/median.widget-usd`);
          const { pid } = (await response.json()) as { pid: number };
          expect(readlinkSync(`/proc/${pid}/exe`)).toBe(program);
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    15 * 60_000,
  );
});

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
