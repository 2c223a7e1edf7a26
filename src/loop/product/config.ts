/** Reads and checks the job's table `pluginConfig` for a product. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { formatIssue } from "../../../transports/options/check.ts";
import type { StandardSchemaV1 } from "../../../transports/options/standard-schema.ts";
import { errorText } from "../../values/error-text.ts";
import { isRecord } from "../../values/record.ts";

/**
 * Reads the table from the JSON that a factory gets. Chainlink's nodes wrap it in an object with the keys `pipelines` and
 * `pluginConfig`; the table itself contains the pipelines too.
 * @throws SyntaxError when it is not JSON; TypeError when it is not an object
 */
export function readPluginConfig(name: string, json: string): JsonObject {
  const value = parse(name, json);
  if (!isRecord(value)) throw new TypeError(`Cannot use the config of "${name}": it is not an object`);
  const wrapped = Object.keys(value).every((key) => key === "pipelines" || key === "pluginConfig");
  return wrapped && isRecord(value.pluginConfig) ? value.pluginConfig : value;
}

/**
 * @param schema default: every table is valid
 * @throws TypeError that names every invalid path
 */
export async function checkPluginConfig<Config>(
  name: string,
  table: JsonObject,
  schema: StandardSchemaV1<unknown, Config> | undefined,
): Promise<Config> {
  // Without a schema nothing is checked: `Config` is unknown unless the author declares it.
  if (schema === undefined) return table as Config;
  const result = await schema["~standard"].validate(table);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => formatIssue(issue, "pluginConfig"));
  throw new TypeError(`Cannot use the config of "${name}": ${issues.join("; ")}`);
}

function parse(name: string, json: string): JsonValue {
  if (json === "") return {};
  try {
    return JSON.parse(json) as JsonValue;
  } catch (error) {
    throw new SyntaxError(`Cannot read the config of "${name}": it is not JSON: ${errorText(error)}`);
  }
}
