/** Checks the table of docs/configuration.md with the settings for plugins in other languages. `--write` writes it instead. */

import {
  assignedVariables,
  forwardedVariables,
  type LoopSection,
  type LoopSetting,
  loopTable,
  unusedVariables,
} from "../src/node/config/loop/env-config.ts";
import type { LoopValue } from "../src/node/config/loop/kinds.ts";
import { holdBlock, markdownTable } from "./page-block.ts";

if (import.meta.main) {
  holdBlock("docs/configuration.md", "settings of commands", loopSettingsTable(), "scripts/loop-settings.ts");
}

/** The table, from the node's own. */
export function loopSettingsTable(): string {
  const rows = Object.entries(loopTable).flatMap(([name, section]: [string, LoopSection]) =>
    section.settings.map((setting) => rowOf(name, section, setting)),
  );
  const others = [
    ["", "", "", "", code(assignedVariables.metricsPort), "the port for the metrics of this plugin"],
    ["", "", "", "", code(assignedVariables.appId), "an id of this run of the node"],
    ...forwardedVariables.map((name) => ["", "", "left out", "", code(name), "as the node's own variable says"]),
    ...unusedVariables.map((setting) => rowOf("", { settings: [] }, setting)),
  ];
  return `\n${markdownTable(["key", "value", "default", "in use", "variable", ""], [...rows, ...others])}\n`;
}

function rowOf(name: string, section: LoopSection, setting: LoopSetting): string[] {
  const { key, kind, variable, unset = kind.zero, inUse, leftOut, note = "" } = setting;
  const hasDefault = variable !== undefined && !leftOut && !section.onlyInUse;
  return [
    key === undefined ? "" : code(`${name}.${key}`),
    key === undefined ? "" : kind.name,
    hasDefault ? show(unset) : leftOut || section.onlyInUse ? "left out" : "",
    section.inUse === undefined || key === section.inUse ? "" : show(inUse ?? (section.onlyInUse ? unset : undefined)),
    variable === undefined ? "" : code(variable),
    note,
  ];
}

function show(value: LoopValue | undefined): string {
  if (value === undefined || value === "" || typeof value === "object") return "";
  return code(typeof value === "string" ? JSON.stringify(value) : String(value));
}

function code(text: string): string {
  return `\`${text}\``;
}
