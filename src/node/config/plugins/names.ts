/** What plugins are called: `kind`, or `kind.instance`. */
import type { Mistake } from "../../../settings/mistakes.ts";
import { formatPath } from "../../../values/path.ts";
import type { PluginSettings } from "./types.ts";

/** `median.btc.usd`, `median.btc`, `median`: every name that a plugin answers to, the longest first. */
export function namesFor(name: string): string[] {
  const parts = name.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

export function kindOf(name: string): string {
  return name.split(".")[0] ?? name;
}

/** A section or flag that fits none of the plugins that run is a slip of the pen. */
export function findUnusedNames(settings: PluginSettings, running: readonly string[]): Mistake[] {
  const used = new Set([...running.flatMap(namesFor), ...settings.kinds]);
  const advice = `there is ${running.length === 0 ? "none" : running.toSorted().join(", ")}`;
  const message = (name: string) => `There is no plugin "${name}": ${advice}`;
  return [
    ...[...settings.flags.keys()]
      .filter((name) => !used.has(name))
      .map((name): Mistake => ({ origin: { kind: "flag", flag: "--transport" }, key: "", message: message(name) })),
    ...[...settings.sections.keys()]
      .filter((name) => !used.has(name))
      .map(
        (name): Mistake => ({
          origin: settings.originOf(["plugins", name]),
          key: formatPath(["plugins", name]),
          message: message(name),
        }),
      ),
  ];
}
