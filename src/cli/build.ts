/** `loopp build <plugin>`: makes one file of a plugin, which any go-plugin host can start. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildForm, buildPlugin } from "../build/build-plugin.ts";
import { pluginKinds } from "../node/plugins/kinds.ts";
import { readArguments } from "../settings/arguments.ts";
import { printableError } from "../settings/mistakes.ts";
import { type RuntimeName, runtimeName, runtimeNames } from "../values/platform.ts";
import { printable } from "../values/printable.ts";

const builtIn = Object.entries(pluginKinds).flatMap(([name, kind]) =>
  kind.builtIn ? [[name, kind.builtIn] as const] : [],
);
const builtInNames = builtIn.map(([name]) => name).join(", ");

const help = `Usage: loopp build <plugin> --output FILE [options]

Makes one file that a host can start without arguments, without PATH and with only the host's variables.
The plugin is a built-in one by its name (${builtInNames}) or a module by its path, such as ./my.plugin.ts.

  -o, --output FILE  the file to make; for Node it is named *.mjs
  --runtime NAME     what runs it: bun, node or deno; else the one that runs this command (${runtimeName})
  --compile          an executable with its runtime inside; only for bun, and the default there
  --bundle           JavaScript with an interpreter line that names the runtime by its path here
  --help             this text

Bun builds the file for all three runtimes, so it must be on the PATH.
`;

export async function buildCommand(args: readonly string[]): Promise<number> {
  let name: string | undefined;
  try {
    const { options, operands } = readArguments(args, {
      output: { example: "my-plugin", short: "o" },
      runtime: { example: "node" },
      compile: {},
      bundle: {},
      help: {},
    });
    if (options.help) {
      process.stdout.write(help);
      return 0;
    }
    if (operands.length !== 1)
      throw new TypeError(`Name one plugin to build: ${builtInNames}, or a module by its path`);
    if (options.output === undefined) throw new TypeError("Name the file to make: --output FILE");
    [name] = operands;
    const runtime = readRuntime(options.runtime);
    const form = readForm(options, runtime);
    const { bytes, filesBeside } = await buildPlugin({
      module: moduleOf(name ?? ""),
      output: options.output,
      runtime,
      form,
    });
    for (const file of filesBeside) {
      const note = `Note: the plugin names ${file}, a file beside it, which the built file does not contain`;
      process.stderr.write(`${printable(note)}\n`);
    }
    const what = form === "executable" ? "executable" : `bundle for ${runtime}`;
    process.stdout.write(`${printable(resolve(options.output))}: ${what}, ${(bytes / 1e6).toFixed(1)} MB\n`);
    return 0;
  } catch (error) {
    const what = name === undefined ? "" : printable(`Cannot build "${name}": `);
    process.stderr.write(`${what}${printableError(error)}\n`);
    return 2;
  }
}

/** Without a slash or a dot it is a name. */
function moduleOf(plugin: string): URL {
  const [, url] = builtIn.find(([name]) => name === plugin) ?? [];
  if (url !== undefined) return url;
  if (/[./]/.test(plugin)) return pathToFileURL(plugin);
  throw new RangeError(
    `there is no built-in plugin with this name, only ${builtInNames}; a module is given as ./${plugin}.ts`,
  );
}

function readRuntime(text: string | undefined): RuntimeName {
  if (text === undefined) return runtimeName;
  const found = runtimeNames.find((one) => one === text);
  if (found === undefined) throw new RangeError(`--runtime must be one of ${runtimeNames.join(", ")}, got "${text}"`);
  return found;
}

function readForm({ compile, bundle }: { compile?: true; bundle?: true }, runtime: RuntimeName): BuildForm {
  if (compile && bundle) throw new TypeError("--compile and --bundle exclude each other");
  if (compile && runtime !== "bun") throw new TypeError("--compile is only for --runtime bun");
  return runtime === "bun" && !bundle ? "executable" : "bundle";
}
