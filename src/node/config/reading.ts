/** A config while it is read, section by section. */
import { defaultOrigin, type Mistake, type Origin } from "../../settings/mistakes.ts";
import type { TomlDocument } from "../../settings/toml.ts";
import type { Environment } from "../../settings/variables.ts";

export interface Reading {
  /** The config file; empty where there is none. */
  readonly document: TomlDocument;
  readonly env: Environment;
  /** Directory of the config file, which its paths start from. */
  readonly directory: string;
  /** Working directory, which paths of flags and environment start from. */
  readonly cwd: string;
  /** Where every value came from, by its dotted name. */
  readonly origins: Map<string, Origin>;
  /** What is wrong. */
  readonly mistakes: Mistake[];
}

/** The form of a section in the file: a duration is written without the `Ms` of its name here. */
export type InFile<T> = {
  readonly [Key in keyof T as Key extends `${infer Name}Ms` ? Name : Key]?: T[Key] | undefined;
};

/**
 * The values of a section: each what its flag says, else the file, else the default.
 * @param flagged what flags say; that for `http.port` is called `--http-port`
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
