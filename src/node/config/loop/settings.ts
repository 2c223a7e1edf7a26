/** What the node hands on to plugins in other languages: sections of the config, and what only the environment says. */

import { hostName } from "../../../settings/fields.ts";
import type { Mistake, Origin } from "../../../settings/mistakes.ts";
import { mistakeAt, type TomlDocument, type TomlPath } from "../../../settings/toml.ts";
import { checkVariable } from "../../../settings/variables.ts";
import { formatPath } from "../../../values/path.ts";
import { isRecord } from "../../../values/record.ts";
import type { Reading } from "../reading.ts";
import type { FileConfig } from "../schema.ts";
import { databaseUrl, type LoopSections, loopSections } from "./schema.ts";

export interface LoopSettings {
  readonly sections: LoopSections;
  /** Variables that the node passes on as they are. */
  readonly forwarded: Readonly<Record<string, string>>;
  /** Where the node finds the HTTP ports of plugins. */
  readonly metricsHost: string;
}

/** The Chainlink node's own variables for what else stands in its secrets; they come before the file. */
const secretVariables = [
  { variable: "CL_DATABASE_URL", section: "Database", key: "URL" },
  { variable: "CL_PYROSCOPE_AUTH_TOKEN", section: "Pyroscope", key: "AuthToken" },
] as const;

const forwardedVariables = ["CL_CRE_SETTINGS", "CL_CRE_SETTINGS_DEFAULT"];

export function readLoopSettings({ document, env, origins, mistakes }: Reading, file: FileConfig): LoopSettings {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(loopSections) as (keyof LoopSections)[]) {
    const section = file[name];
    if (section === undefined) continue;
    sections[name] = { ...section };
    noteOrigins([name], section, document, origins);
  }
  for (const { variable, section, key } of secretVariables) {
    const value = env[variable]?.trim() ?? "";
    if (value === "") continue;
    const origin: Origin = { kind: "environment", variable };
    // Without the value: it is a secret.
    if (key === "URL" && !databaseUrl.safeParse(value).success) {
      mistakes.push({ origin, key: "", message: "It is not a URL that begins with postgresql://" });
    }
    sections[section] = { ...sections[section], [key]: value };
    origins.set(formatPath([section, key]), origin);
  }
  checkTogether(sections as LoopSections, document, mistakes);
  const forwarded = forwardedVariables.flatMap((name) => (env[name] ? [[name, env[name]] as const] : []));
  return {
    sections: sections as LoopSections,
    forwarded: Object.fromEntries(forwarded),
    metricsHost: checkVariable(env, "CL_LOOPP_HOSTNAME", hostName(), mistakes) ?? "127.0.0.1",
  };
}

function noteOrigins(path: TomlPath, value: unknown, document: TomlDocument, origins: Map<string, Origin>): void {
  if (isRecord(value)) {
    for (const [key, inner] of Object.entries(value)) noteOrigins([...path, key], inner, document, origins);
  } else origins.set(formatPath(path), document.originOf(path));
}

/** What would make Chainlink's plugins exit at their start. */
function checkTogether(
  { Tracing, Telemetry, Database }: LoopSections,
  document: TomlDocument,
  mistakes: Mistake[],
): void {
  if (Tracing?.Enabled && Tracing.CollectorTarget === undefined) {
    mistakes.push(
      mistakeAt(document, ["Tracing", "Enabled"], "Tracing needs a CollectorTarget: add it, or turn it off"),
    );
  }
  if (Telemetry?.DurableEmitterEnabled && Telemetry.ChipIngressEndpoint && Database?.URL === undefined) {
    const message = "A durable emitter keeps its events in a database: set CL_DATABASE_URL, or turn it off";
    mistakes.push(mistakeAt(document, ["Telemetry", "DurableEmitterEnabled"], message));
  }
  const named = {
    Tracing: { Attributes: Tracing?.Attributes },
    Telemetry: {
      ResourceAttributes: Telemetry?.ResourceAttributes,
      AuthHeaders: Telemetry?.AuthHeaders,
    },
  };
  for (const [section, tables] of Object.entries(named)) {
    for (const [table, entries] of Object.entries(tables)) {
      for (const name of Object.keys(entries ?? {})) {
        if (name !== "" && !/[=\0\s]/.test(name)) continue;
        mistakes.push(
          mistakeAt(document, [section, table, name], "It cannot be part of a variable's name: no blanks, no ="),
        );
      }
    }
  }
}
