/** The settings that the node passes on to plugins in other languages: sections of the config, and variables of its environment. */
import { hostName } from "../../../settings/fields.ts";
import type { Mistake, Origin } from "../../../settings/mistakes.ts";
import { mistakeAt, type TomlPath } from "../../../settings/toml.ts";
import { checkVariable, readVariable } from "../../../settings/variables.ts";
import { formatPath } from "../../../values/path.ts";
import { isRecord } from "../../../values/record.ts";
import type { Reading } from "../reading.ts";
import type { FileConfig } from "../schema.ts";
import { forwardedVariables, type LoopSection, type LoopSectionName, loopTable } from "./env-config.ts";
import { namesAndValues } from "./kinds.ts";
import { type LoopSections, type LoopValues, valueAt } from "./schema.ts";

export interface LoopSettings {
  readonly sections: LoopSections;
  /** Variables that the node passes on unchanged. */
  readonly forwarded: Readonly<Record<string, string>>;
  /** The host of the plugins' HTTP ports. */
  readonly metricsHost: string;
}

const table = Object.entries(loopTable) as [LoopSectionName, LoopSection][];

/** Reads the settings for plugins in other languages. */
export function readLoopSettings(reading: Reading, file: FileConfig): LoopSettings {
  const { env, mistakes } = reading;
  const sections: { [Name in LoopSectionName]?: LoopValues } = {};
  for (const [name, section] of table) {
    const written = file[name] ?? {};
    noteOrigins(reading, [name], written);
    const values = { ...written, ...readOwnVariables(reading, name, section) };
    if (Object.keys(values).length > 0) sections[name] = values;
    checkNames(reading, name, section, values);
  }
  checkTogether(reading, sections);
  const forwarded = forwardedVariables.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return {
    sections,
    forwarded: Object.fromEntries(forwarded),
    metricsHost: checkVariable(env, "CL_LOOPP_HOSTNAME", hostName(), mistakes) ?? "127.0.0.1",
  };
}

/** Whether a setting's value must not be shown, such as `Database.URL`, or an entry of `Telemetry.AuthHeaders`. */
export function isSecretSetting([section, ...keys]: TomlPath): boolean {
  const settings = table.find(([name]) => name === section)?.[1].settings ?? [];
  return settings.some(({ key, secret }) => secret === true && `${keys.map(String).join(".")}.`.startsWith(`${key}.`));
}

function noteOrigins(
  { document, origins }: Pick<Reading, "document" | "origins">,
  path: TomlPath,
  value: unknown,
): void {
  if (isRecord(value)) {
    for (const [key, inner] of Object.entries(value)) noteOrigins({ document, origins }, [...path, key], inner);
  } else origins.set(formatPath(path), document.originOf(path));
}

/** The values of the node's own variables, which override the file. */
function readOwnVariables(
  { env, origins, mistakes }: Reading,
  name: LoopSectionName,
  section: LoopSection,
): LoopValues {
  const values: Record<string, string> = {};
  for (const { key, kind, variable, inEnvironment } of section.settings) {
    const value = variable === undefined ? undefined : readVariable(env, variable)?.trim();
    if (key === undefined || variable === undefined || value === undefined || !inEnvironment) continue;
    const origin: Origin = { kind: "environment", variable };
    const found: Mistake[] = [];
    checkVariable(env, variable, kind.schema, found);
    // Without the value: it is a secret.
    if (found.length > 0) mistakes.push({ origin, key: "", message: `It is not ${kind.what}` });
    values[key] = value;
    origins.set(formatPath([name, key]), origin);
  }
  return values;
}

function checkNames(
  { document, mistakes }: Reading,
  name: LoopSectionName,
  section: LoopSection,
  values: LoopValues,
): void {
  for (const { key, kind } of section.settings) {
    const entries = key === undefined || kind !== namesAndValues ? {} : (valueAt(values, key) ?? {});
    for (const entry of Object.keys(entries).filter((one) => one === "" || /[=\0\s]/.test(one))) {
      const path = [name, ...(key ?? "").split("."), entry];
      mistakes.push(
        mistakeAt(document, path, "It becomes part of a variable's name: it must not be empty or contain blanks or ="),
      );
    }
  }
}

/** Checks combinations that would make Chainlink's plugins exit at their start. */
function checkTogether({ document, mistakes }: Reading, { Tracing, Telemetry, Database }: LoopSections): void {
  if (Tracing?.Enabled && Tracing.CollectorTarget === undefined) {
    const message = "Tracing needs a CollectorTarget: add it, or turn tracing off";
    mistakes.push(mistakeAt(document, ["Tracing", "Enabled"], message));
  }
  if (Telemetry?.DurableEmitterEnabled && Telemetry.ChipIngressEndpoint && Database?.URL === undefined) {
    const message = "A durable emitter keeps its events in a database: set CL_DATABASE_URL, or turn the emitter off";
    mistakes.push(mistakeAt(document, ["Telemetry", "DurableEmitterEnabled"], message));
  }
}
