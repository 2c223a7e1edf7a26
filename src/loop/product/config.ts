/** The job's table `pluginConfig`, as a product gets it. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { formatIssue } from "../../../transports/options/check.ts";
import type { StandardSchemaV1 } from "../../../transports/options/standard-schema.ts";
import { errorText } from "../../values/error-text.ts";
import { isRecord } from "../../values/record.ts";

/**
 * Reads the table from the text that a factory is given. Chainlink's nodes put it into an object with the keys `pipelines` and
 * `pluginConfig`, and have the pipelines in it, too.
 * @throws SyntaxError when it is not JSON; TypeError when it is not an object
 */
export function readPluginConfig(name: string, text: string): JsonObject {
  const value = parse(name, text);
  if (!isRecord(value)) throw new TypeError(`Cannot use the config of "${name}": it is not an object`);
  const wrapped = Object.keys(value).every((key) => key === "pipelines" || key === "pluginConfig");
  return wrapped && isRecord(value.pluginConfig) ? value.pluginConfig : value;
}

/**
 * @param schema default: everything is right
 * @throws TypeError that names every path that is wrong
 */
export async function checkPluginConfig<Config>(
  name: string,
  table: JsonObject,
  schema: StandardSchemaV1<unknown, Config> | undefined,
): Promise<Config> {
  // Without a schema the author has not said what it is.
  if (schema === undefined) return table as Config;
  const result = await schema["~standard"].validate(table);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => formatIssue(issue, "pluginConfig"));
  throw new TypeError(`Cannot use the config of "${name}": ${issues.join("; ")}`);
}

function parse(name: string, text: string): JsonValue {
  if (text === "") return {};
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new SyntaxError(`Cannot read the config of "${name}": it is not JSON: ${errorText(error)}`);
  }
}
