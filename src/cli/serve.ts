/** `loopp serve <module>`: makes a module a process plugin. A host launches it; started by hand it only says so. */
import { pathToFileURL } from "node:url";
import { serve } from "../serve.ts";

export async function serveCommand(args: readonly string[]): Promise<number> {
  const [module] = args;
  if (module === undefined || module.startsWith("--") || args.length > 1) {
    process.stderr.write("Usage: loopp serve <module>\n\nThe module's default export is made by definePlugin().\n");
    return module === "--help" ? 0 : 2;
  }
  try {
    return await serve(URL.parse(module) ?? pathToFileURL(module));
  } catch (error) {
    process.stderr.write(`Cannot serve "${module}": ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
