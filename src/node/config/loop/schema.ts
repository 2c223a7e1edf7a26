/** The schema of the sections for plugins in other languages. */
import { type Structure, table } from "../../../settings/schema.ts";
import { isRecord } from "../../../values/record.ts";
import { type LoopSectionName, type LoopSetting, loopTable } from "./env-config.ts";
import type { LoopValue } from "./kinds.ts";

/** The checked values of the sections, by the sections' names. */
export type LoopSections = { readonly [Name in LoopSectionName]?: LoopValues };

export interface LoopValues {
  readonly [key: string]: LoopValue | LoopValues;
}

/** By the section's name. */
export const loopSections = Object.fromEntries(
  Object.entries(loopTable).map(([name, { settings }]) => [name, sectionOf(settings).optional()]),
) as Record<LoopSectionName, Structure<LoopValues | undefined>>;

/** @param key dotted */
export function valueAt(section: LoopValues | undefined, key: string): LoopValue | undefined {
  const found = key.split(".").reduce<unknown>((table, name) => (isRecord(table) ? table[name] : undefined), section);
  return found as LoopValue | undefined;
}

function sectionOf(settings: readonly LoopSetting[]): Structure<LoopValues> {
  const keyed = settings.flatMap(({ key, kind }) => (key === undefined ? [] : [{ names: key.split("."), kind }]));
  const tables = Map.groupBy(keyed, ({ names }) => names[0] ?? "");
  const keys = [...tables].map(([name, inside]) => {
    const [first] = inside;
    if (first?.names.length === 1) return [name, first.kind.schema.optional()];
    const inner = inside.map(({ names, kind }) => [names[1], kind.schema.optional()]);
    return [name, table(Object.fromEntries(inner)).optional()];
  });
  return table(Object.fromEntries(keys)) as Structure<LoopValues>;
}
