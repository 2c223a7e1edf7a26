/** `loopp serve <module>`: serves a module as a process plugin for the host that launched it. Started by hand, it only says so. */
import { statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { serve } from "../serve.ts";
import { readArguments } from "../settings/arguments.ts";
import { printableError } from "../settings/mistakes.ts";
import { printable } from "../values/printable.ts";

const help = `Usage: loopp serve <module>

Serves a module as a process for the go-plugin host that has launched this command.
The module is given by its path, such as ./my.plugin.ts; its default export is made by definePlugin().

  --help  this text
`;

export async function serveCommand(args: readonly string[]): Promise<number> {
  let module: string | undefined;
  try {
    const { options, operands } = readArguments(args, { help: {} });
    if (options.help) {
      process.stdout.write(help);
      return 0;
    }
    [module] = operands;
    if (module === undefined || operands.length > 1) {
      throw new TypeError("Name one module to serve, such as ./my.plugin.ts");
    }
  } catch (error) {
    process.stderr.write(`${printableError(error)}\n`);
    return 2;
  }
  try {
    return await serve(urlOf(module));
  } catch (error) {
    process.stderr.write(`${printable(`Cannot serve "${module}": `)}${printableError(error)}\n`);
    return 1;
  }
}

/** @throws Error for a file that does not exist: a failed import would name the importing file instead */
function urlOf(module: string): URL {
  const url = URL.parse(module) ?? pathToFileURL(module);
  if (url.protocol !== "file:") return url;
  const file = fileURLToPath(url);
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return url;
  throw new Error(`there is no file ${file}; name a module by its path, such as ./my.plugin.ts`);
}
