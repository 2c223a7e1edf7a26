/** Where a setting came from, and mistakes in settings. */
import { errorText } from "../values/error-text.ts";
import { printable } from "../values/printable.ts";
import { shorten } from "../values/text.ts";

/** Where a value came from. */
export type Origin =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly file: string; readonly line: number }
  | { readonly kind: "default" };

export const defaultOrigin: Origin = { kind: "default" };

/** Something in the configuration or a job that cannot be used. */
export interface Mistake {
  readonly origin: Origin;
  /** Dotted path of the setting, such as `http.port`; empty for the file as a whole. */
  readonly key: string;
  /** One sentence. */
  readonly message: string;
}

/** How many mistakes a message tells, and how long each may be, in characters: a file that is none has as many as it has lines. */
const mostShown = 100;
const longest = 2000;

/** A configuration or a job that cannot be used, with all its mistakes. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly mistakes: readonly Mistake[];

  /** @param mistakes at least one */
  constructor(mistakes: readonly Mistake[]) {
    // A mistake in the settings of a plugin kind is found once for each of its plugins.
    const lines = [...new Set(mistakes.map(formatMistake))];
    const more = lines.length - mostShown;
    super([...lines.slice(0, mostShown), ...(more > 0 ? [`and ${more} more`] : [])].join("\n"));
    this.mistakes = mistakes;
  }
}

/** `file:line: key: sentence`, or the flag or the variable instead of file and line; on one line, whatever a file has there. */
function formatMistake({ origin, key, message }: Mistake): string {
  const where = origin.kind === "default" ? "" : `${formatOrigin(origin)}: `;
  return printable(shorten(`${where}${key === "" ? "" : `${key}: `}${message}`, longest));
}

/** An error as a command prints it: a line for each mistake of a ConfigError, and one line for any other error. */
export function printableError(error: unknown): string {
  return error instanceof ConfigError ? error.message : printable(errorText(error));
}

/** `node.toml:12`, `--transport`, `CL_MEDIAN_CMD` or `default`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "flag":
      return origin.flag;
    case "environment":
      return origin.variable;
    case "file":
      return `${origin.file}:${origin.line}`;
    case "default":
      return "default";
  }
}

/** @throws ConfigError with all of them, where there are any */
export function throwMistakes(mistakes: readonly Mistake[]): void {
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

/** Runs `work`. When it throws a ConfigError, its mistakes are added to `mistakes`, and `undefined` is returned. */
export function collect<T>(mistakes: Mistake[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    mistakes.push(...error.mistakes);
    return undefined;
  }
}

/** Those of one file from its top to its end, then all others. */
export function inOrder(mistakes: readonly Mistake[]): Mistake[] {
  const line = ({ origin }: Mistake) => (origin.kind === "file" ? origin.line : Infinity);
  return mistakes.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)));
}
