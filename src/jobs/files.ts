/** Job files. Each is read once, before it is checked: the config needs the products that the jobs name. */
import { collect, type Mistake } from "../settings/mistakes.ts";
import { isTable, readToml, type TomlDocument } from "../settings/toml.ts";
import { productPattern } from "./schema.ts";

export interface JobFile {
  readonly file: string;
  /** Absent: the file cannot be read, or is not TOML. */
  readonly document?: TomlDocument;
  /** Why there is no document. */
  readonly mistakes: readonly Mistake[];
}

/** Reads files. A file that cannot be read is a mistake that is thrown when the jobs are loaded. */
export function readJobFiles(files: readonly string[]): JobFile[] {
  return files.map((file) => {
    const mistakes: Mistake[] = [];
    const document = collect(mistakes, () => readToml(file));
    return document === undefined ? { file, mistakes } : { file, document, mistakes };
  });
}

/** The products that jobs name. Each is a plugin kind, which the config may have settings for. */
export function productsOf(files: readonly JobFile[]): string[] {
  return [...new Set(files.flatMap(({ document }) => (document === undefined ? [] : productOf(document))))].sort();
}

function productOf({ root: { pluginType, pluginConfig } }: TomlDocument): string[] {
  const name = pluginType === "plugin" && isTable(pluginConfig) ? pluginConfig.pluginName : undefined;
  return typeof name === "string" && productPattern.test(name) ? [name] : [];
}
