/** The files that jobs stand in, each read once: the config has to know what they name before any of them is checked. */
import { collect, type Mistake } from "../settings/mistakes.ts";
import { isTable, readToml, type TomlDocument } from "../settings/toml.ts";
import { productPattern } from "./schema.ts";

export interface JobFile {
  readonly file: string;
  /** Absent: the file cannot be read, or is no TOML. */
  readonly document?: TomlDocument;
  /** Why there is no document. */
  readonly mistakes: readonly Mistake[];
}

/** Reads files. What cannot be read is told with the jobs. */
export function readJobFiles(files: readonly string[]): JobFile[] {
  return files.map((file) => {
    const mistakes: Mistake[] = [];
    const document = collect(mistakes, () => readToml(file));
    return document === undefined ? { file, mistakes } : { file, document, mistakes };
  });
}

/** The products that jobs name: kinds of plugins that the config may speak of. */
export function productsOf(files: readonly JobFile[]): string[] {
  return [...new Set(files.flatMap(({ document }) => (document === undefined ? [] : productOf(document))))].sort();
}

function productOf({ root: { pluginType, pluginConfig } }: TomlDocument): string[] {
  const name = pluginType === "plugin" && isTable(pluginConfig) ? pluginConfig.pluginName : undefined;
  return typeof name === "string" && productPattern.test(name) ? [name] : [];
}
