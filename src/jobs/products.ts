/** The products that jobs name: kinds of plugins that the config may speak of. */
import { isTable, readToml } from "../settings/toml.ts";
import { productPattern } from "./schema.ts";

/** What is wrong with a file, or not there, is for those who read the job to say. */
export function productsOf(files: readonly string[]): string[] {
  return [...new Set(files.flatMap(productOf))].sort();
}

function productOf(file: string): string[] {
  try {
    const { pluginType, pluginConfig } = readToml(file).root;
    const name = pluginType === "plugin" && isTable(pluginConfig) ? pluginConfig.pluginName : undefined;
    return typeof name === "string" && productPattern.test(name) ? [name] : [];
  } catch {
    return [];
  }
}
