/** The environment that Chainlink's plugins expect of their node, complete. */
import { isRecord } from "../../../values/record.ts";
import type { LoopValue } from "./kinds.ts";
import { type LoopValues, valueAt } from "./schema.ts";
import type { LoopSettings } from "./settings.ts";
import {
  type LoopSection,
  type LoopSectionName,
  type LoopSetting,
  loopTable,
  ownVariables,
  unusedVariables,
} from "./table.ts";

/** What belongs to one plugin, or to this run of the node. */
export interface OwnTerms {
  /** The port that the plugin is to serve its metrics on. */
  readonly metricsPort: number;
  /** The node's id in traces. */
  readonly appId: string;
}

/** All variables, each with its value or its default. */
export function loopEnvironment({ sections, forwarded }: LoopSettings, own: OwnTerms): Record<string, string> {
  const told = Object.entries(loopTable).flatMap(([name, section]) =>
    variablesOf(section, sections[name as LoopSectionName]),
  );
  return {
    [ownVariables.metricsPort]: String(own.metricsPort),
    [ownVariables.appId]: own.appId,
    ...Object.fromEntries(told),
    ...Object.fromEntries(variablesOf({ settings: unusedVariables }, {})),
    ...forwarded,
  };
}

function variablesOf(section: LoopSection, values: LoopValues | undefined): [variable: string, value: string][] {
  const isInUse = section.inUse !== undefined && Boolean(valueAt(values, section.inUse));
  if (section.onlyInUse && !isInUse) return [];
  return section.settings.flatMap((setting): [string, string][] => {
    const { variable, kind, unset = kind.zero, inUse = unset, leftOut } = setting;
    const said = saidOf(setting, values);
    if (variable === undefined || (leftOut && said === undefined)) return [];
    const value = said ?? (isInUse ? inUse : unset);
    if (!isRecord(value)) return [[variable, textOf(value)]];
    const prefix = variable.replace(/\*$/, "");
    return Object.entries(value).map(([name, entry]) => [`${prefix}${name}`, String(entry)]);
  });
}

/** An empty list says nothing. */
function saidOf({ key, unless }: LoopSetting, values: LoopValues | undefined): LoopValue | undefined {
  if (key === undefined || (unless !== undefined && valueAt(values, unless.key) === unless.is)) return undefined;
  const value = valueAt(values, key);
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

function textOf(value: LoopValue): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}
