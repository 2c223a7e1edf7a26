/** Names of plugins: the kind, or the kind, a dot and more, as in `median.btc-usd`. */
import type { Mistake } from "../../../settings/mistakes.ts";
import { formatPath } from "../../../values/path.ts";
import type { PluginSettings } from "./types.ts";

/** `median.btc.usd`, `median.btc`, `median`: every name whose settings a plugin has, the longest first. */
export function namesFor(name: string): string[] {
  const parts = name.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

export function kindOf(name: string): string {
  return name.split(".")[0] ?? name;
}

/** A section or flag for a name that none of the running plugins has is a mistake. */
export function findUnusedNames(settings: PluginSettings, running: readonly string[]): Mistake[] {
  const used = new Set([...running.flatMap(namesFor), ...settings.kinds]);
  const advice = `the node runs ${running.length === 0 ? "none" : running.toSorted().join(", ")}`;
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
