/** The complete environment that Chainlink's plugins expect from their node. */
import { isRecord } from "../../../values/record.ts";
import {
  assignedVariables,
  type LoopSection,
  type LoopSectionName,
  type LoopSetting,
  loopTable,
  unusedVariables,
} from "./env-config.ts";
import type { LoopValue } from "./kinds.ts";
import { type LoopValues, valueAt } from "./schema.ts";
import type { LoopSettings } from "./settings.ts";

/** Values that the node assigns: they are in no config. */
export interface AssignedValues {
  /** The port that the plugin is to serve its metrics on. */
  readonly metricsPort: number;
  /** The node's id in traces. */
  readonly appId: string;
}

/** All variables, each with its value or its default. */
export function loopEnvironment(
  { sections, forwarded }: LoopSettings,
  assigned: AssignedValues,
): Record<string, string> {
  const settings = Object.entries(loopTable).flatMap(([name, section]) =>
    variablesOf(section, sections[name as LoopSectionName]),
  );
  return {
    [assignedVariables.metricsPort]: String(assigned.metricsPort),
    [assignedVariables.appId]: assigned.appId,
    ...Object.fromEntries(settings),
    ...Object.fromEntries(variablesOf({ settings: unusedVariables }, {})),
    ...forwarded,
  };
}

function variablesOf(section: LoopSection, values: LoopValues | undefined): [variable: string, value: string][] {
  const isInUse = section.inUse !== undefined && Boolean(valueAt(values, section.inUse));
  if (section.onlyInUse && !isInUse) return [];
  return section.settings.flatMap((setting): [string, string][] => {
    const { variable, kind, unset = kind.zero, inUse = unset, leftOut } = setting;
    const configured = configuredValue(setting, values);
    if (variable === undefined || (leftOut && configured === undefined)) return [];
    const value = configured ?? (isInUse ? inUse : unset);
    if (!isRecord(value)) return [[variable, textOf(value)]];
    const prefix = variable.replace(/\*$/, "");
    return Object.entries(value).map(([name, entry]) => [`${prefix}${name}`, String(entry)]);
  });
}

/** The value that the config sets; an empty list counts as not set. */
function configuredValue({ key, unless }: LoopSetting, values: LoopValues | undefined): LoopValue | undefined {
  if (key === undefined || (unless !== undefined && valueAt(values, unless.key) === unless.is)) return undefined;
  const value = valueAt(values, key);
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}

function textOf(value: LoopValue): string {
  return Array.isArray(value) ? value.join(",") : String(value);
}
