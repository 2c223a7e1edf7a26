/** Keeps what Node has made of modules, so that the next thread or process of them starts sooner: of TypeScript, above all. */
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { runtimeName } from "../../src/values/platform.ts";

/** A folder for what can be made again: the one for it in the project's `node_modules`, which is as much its user's as the code is. */
export function cacheFolder(): string {
  const packages = `${sep}node_modules${sep}`;
  const here = fileURLToPath(import.meta.url);
  const at = here.lastIndexOf(packages);
  const root = at < 0 ? dirname(dirname(dirname(here))) : here.slice(0, at);
  return join(root, "node_modules/.cache/loopp");
}

/** To be called before the modules are loaded. Without room to write, they are compiled as ever. */
export function keepCompiled(): void {
  if (runtimeName === "node")
    process.getBuiltinModule("node:module").enableCompileCache(join(cacheFolder(), "compiled"));
}
