/**
 * Builds and starts the image of a Dockerfile without a container engine, in a folder that stands for its root directory. Every
 * step of a stage that counts is run, with these differences: a base image is the runtime of its name as the packages bring it, or
 * this machine's Go, with the rest of this machine beside it; steps that install system packages are left out, and the command that they brought with them; the port
 * is another one; and the user is another one only where this program may change it.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Copy, DockerfileParser, type From, type Instruction } from "dockerfile-ast";
import { errorText } from "../src/values/error-text.ts";
import { findProgram } from "./find-program.ts";

export interface Image {
  /** The folder that stands for the image's root directory. */
  readonly root: string;
  /** Inside the image. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly healthCheck: readonly string[];
  readonly port: string;
  readonly user: { readonly uid: number; readonly gid: number };
  /** Steps that were left out. */
  readonly leftOut: readonly string[];
}

type Stage = { -readonly [Key in keyof Image]: Image[Key] } & { arguments: Record<string, string> };

export interface BuildOptions {
  /** The last one counts, with those that it needs. @default the Dockerfile's last */
  readonly target?: string;
  /** As `--build-arg`: in place of the Dockerfile's own values. */
  readonly arguments?: Readonly<Record<string, string>>;
}

/** A stage as it is written. */
interface Recipe {
  readonly from: From;
  readonly steps: Instruction[];
}

const tools = fileURLToPath(new URL("../node_modules/.bin", import.meta.url));

/**
 * Runs the steps and returns the target's image.
 * @param context the folder with the Dockerfile
 * @param folder an empty one, for what is built
 * @throws Error that names the step that failed, or one that is not understood
 */
export async function buildImage(
  context: string,
  folder: string,
  { target, arguments: given = {} }: BuildOptions = {},
): Promise<Image> {
  const recipes = readRecipes(readFileSync(join(context, "Dockerfile"), "utf8"));
  const built = new Map<string, Stage>();
  const build = async (name: string): Promise<Stage> => {
    const recipe = recipes.get(name);
    const known = built.get(name);
    if (known !== undefined) return known;
    if (recipe === undefined) throw new Error(`cannot build the image: there is no stage "${name}"`);
    const { from, steps } = recipe;
    const base = wordsOf(from)[0] ?? "";
    // What is made from a stage takes it over as it is: a build has one target, and so a stage has one heir.
    let stage = recipes.has(base) ? { ...(await build(base)) } : undefined;
    let current: Instruction = from;
    try {
      stage ??= await createStage(base, join(folder, name));
      for (const step of steps) {
        const source = step.getKeyword() === "COPY" ? (step as Copy).getFromFlag()?.getValue() : undefined;
        const sourceRoot = source ? (await build(source)).root : context;
        current = step;
        await runStep(step, stage, sourceRoot, given);
      }
    } catch (cause) {
      if (cause instanceof Error && cause.message.startsWith("cannot build the image")) throw cause;
      const text = errorText(cause);
      throw new Error(`cannot build the image: ${current.toString()}: ${text}`);
    }
    built.set(name, stage);
    return stage;
  };
  return build(target ?? [...recipes.keys()].at(-1) ?? "");
}

function readRecipes(dockerfile: string): ReadonlyMap<string, Recipe> {
  const recipes = new Map<string, Recipe>();
  let last: Recipe | undefined;
  for (const step of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (step.getKeyword() === "FROM") {
      last = { from: step as From, steps: [] };
      recipes.set(last.from.getBuildStage() ?? String(recipes.size), last);
    } else if (last === undefined)
      throw new Error(`cannot build the image: ${step.toString()}: there is no FROM before it`);
    else last.steps.push(step);
  }
  return recipes;
}

/** A base image that brings a runtime: the one of the same version from the packages. Go is any that this machine has. */
async function createStage(base: string, root: string): Promise<Stage> {
  const { name = "", version = "" } = /(?:^|\/)(?<name>\w+):(?<version>[\d.]+)-/.exec(base)?.groups ?? {};
  const programs = join(root, "usr/local/bin");
  mkdirSync(programs, { recursive: true });
  if (name === "golang") {
    const go = findProgram("go");
    if (go !== undefined) symlinkSync(go, join(programs, "go"));
  } else {
    const program = join(tools, name);
    const { stdout } = await promisify(execFile)(program, ["--version"]);
    const found = stdout.trim().replace(/^v/, "");
    if (found !== version) throw new Error(`the packages bring ${name} ${found}`);
    copyFileSync(program, join(programs, name));
  }
  for (const path of [dirname(root), root]) chmodSync(path, 0o755);
  return {
    root,
    workingDirectory: "/",
    environment: {
      PATH: [programs, "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
      HOME: "/",
    },
    entrypoint: [],
    healthCheck: [],
    port: "",
    user: { uid: 0, gid: 0 },
    leftOut: [],
    arguments: {},
  };
}

/**
 * @param source the root directory that COPY takes from
 * @param given the build's arguments
 */
async function runStep(
  step: Instruction,
  stage: Stage,
  source: string,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  const text = step.getArgumentsContent() ?? "";
  const keyword = step.getKeyword();
  switch (keyword) {
    case "WORKDIR":
      stage.workingDirectory = join(stage.workingDirectory, text);
      mkdirSync(join(stage.root, stage.workingDirectory), { recursive: true });
      return;
    case "COPY": {
      const paths = wordsOf(step);
      const target = paths.pop() ?? "";
      for (const path of paths) {
        const name = target.endsWith("/") ? join(target, path.split("/").at(-1) ?? "") : target;
        cpSync(join(source, path), inside(stage, name), { recursive: true, verbatimSymlinks: true });
      }
      return;
    }
    case "RUN":
      if (text.startsWith("apt-get ")) stage.leftOut = [...stage.leftOut, text];
      else
        await promisify(execFile)("/bin/sh", ["-c", text], { cwd: inside(stage, "."), env: buildEnvironment(stage) });
      return;
    case "ARG":
    case "ENV":
      for (const [, name = "", word = ""] of text.matchAll(/(\w+)=("[^"]*"|\S*)/g)) {
        const value = word.replace(/^"(.*)"$/s, "$1").replace(/\$(\w+)/g, (_, other) => stage.arguments[other] ?? "");
        if (keyword === "ARG") stage.arguments = { ...stage.arguments, [name]: given[name] ?? value };
        else stage.environment = { ...stage.environment, [name]: value };
      }
      return;
    case "USER": {
      const [uid = "", gid = ""] = text.split(":");
      if (!/^\d+$/.test(uid) || !/^\d+$/.test(gid)) throw new Error("expected two numbers");
      stage.user = { uid: Number(uid), gid: Number(gid) };
      return;
    }
    case "EXPOSE":
      stage.port = text;
      return;
    case "HEALTHCHECK":
      stage.healthCheck = JSON.parse(text.replace(/^CMD /, ""));
      return;
    case "ENTRYPOINT":
      stage.entrypoint = JSON.parse(text);
      return;
    default:
      throw new Error("this step is not understood");
  }
}

const wordsOf = (step: Instruction) => step.getArguments().map((argument) => argument.getValue());

function inside(stage: Stage, path: string): string {
  return join(stage.root, isAbsolute(path) ? path : join(stage.workingDirectory, path));
}

/** A base image has what this machine has: npm and its settings, above all. */
function buildEnvironment({ environment, arguments: given }: Stage): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...environment,
    ...given,
    HOME: process.env.HOME,
    PATH: `${environment.PATH}${delimiter}${process.env.PATH}`,
  };
}

/**
 * Starts a program in the image, such as its entry point.
 * @param port takes the place of the port that the image exposes, wherever a word has it
 */
export function startInImage(image: Image, words: readonly string[], port: number): ChildProcess {
  const { root, workingDirectory, environment, user } = image;
  const isLeftOut = image.leftOut.some((step) => step.includes(` ${words[0]}=`));
  const mapped = words.map((word) => word.replaceAll(new RegExp(`\\b${image.port}\\b`, "g"), String(port)));
  const [program = "", ...rest] = isLeftOut ? mapped.slice(mapped.indexOf("--") + 1) : mapped;
  return spawn(program, rest, {
    cwd: join(root, workingDirectory),
    env: { ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(process.getuid?.() === 0 ? user : {}),
  });
}
