/** A config while it is read, section by section. */
import { defaultOrigin, type Mistake, type Origin } from "../../settings/mistakes.ts";
import type { TomlDocument } from "../../settings/toml.ts";
import type { Environment } from "../../settings/variables.ts";

export interface Reading {
  /** The config file; empty where there is none. */
  readonly document: TomlDocument;
  readonly env: Environment;
  /** Directory of the config file: relative paths in the file start from it. */
  readonly directory: string;
  /** Working directory: relative paths in flags and environment start from it. */
  readonly cwd: string;
  /** Where every value came from, by its dotted name. */
  readonly origins: Map<string, Origin>;
  /** All mistakes until now. */
  readonly mistakes: Mistake[];
}

/** A section as it is in the file: the names of durations are without `Ms`. */
export type InFile<T> = {
  readonly [Key in keyof T as Key extends `${infer Name}Ms` ? Name : Key]?: T[Key] | undefined;
};

/**
 * The values of a section, each from its flag, else from the file, else the default.
 * @param flagged values of flags; that for `http.port` is called `--http-port`
 */
export function readSection<T extends object>(
  { document, origins }: Reading,
  section: string,
  written: InFile<T> | undefined,
  defaults: T,
  flagged: { readonly [Key in keyof T]?: T[Key] | undefined } = {},
): T {
  const values = Object.entries(defaults).map(([key, fallback]) => {
    const name = key.replace(/Ms$/, "");
    const inFile = (written as Readonly<Record<string, unknown>> | undefined)?.[name];
    const inFlag = flagged[key as keyof T];
    const inFileOrigin = inFile === undefined ? defaultOrigin : document.originOf([section, name]);
    const origin: Origin = inFlag === undefined ? inFileOrigin : { kind: "flag", flag: `--${section}-${name}` };
    origins.set(`${section}.${key}`, origin);
    return [key, inFlag ?? inFile ?? fallback];
  });
  return Object.fromEntries(values);
}
