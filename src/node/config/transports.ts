/** Custom transports: `[transports]` names a module for each kind. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isTable, mistakeAt, type TomlDocument } from "../../settings/toml.ts";
import { namePattern } from "../../values/name.ts";
import { formatPath } from "../../values/path.ts";
import { describe } from "../../values/text.ts";
import { toModuleUrl } from "./plugins/placement.ts";
import type { Reading } from "./reading.ts";
import type { FileConfig } from "./schema.ts";

/** The custom kinds that a document names. They are read before the document is checked, as the schema depends on them. */
export function customTransportKinds(document: TomlDocument): string[] {
  const { transports } = document.root;
  return isTable(transports) ? Object.keys(transports) : [];
}

/** @returns URL of each kind's module */
export function readCustomTransports(
  { document, directory, origins, mistakes }: Reading,
  section: FileConfig["transports"],
  builtIn: readonly string[],
): Record<string, string> {
  const modules: Record<string, string> = {};
  for (const [kind, module] of Object.entries(section ?? {})) {
    const path = ["transports", kind];
    const url = toModuleUrl(module, directory);
    if (builtIn.includes(kind)) {
      mistakes.push(
        mistakeAt(document, path, `The node already has a transport "${kind}": give this one another name`),
      );
    } else if (!namePattern.test(kind)) {
      mistakes.push(mistakeAt(document, path, "A transport's name may only have letters, digits, dots, _ and -"));
    } else if (!existsSync(fileURLToPath(url))) {
      mistakes.push(mistakeAt(document, path, `There is no file ${describe(fileURLToPath(url))}`));
    }
    origins.set(formatPath(path), document.originOf(path));
    modules[kind] = url;
  }
  return modules;
}
