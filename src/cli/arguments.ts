/** The words after a subcommand's name. */
import { parseArgs } from "node:util";

/** The options by name: whether each is alone, or has a value; and the letter that stands for it. */
export type OptionTypes = Readonly<Record<string, { readonly type: "boolean" | "string"; readonly short?: string }>>;

export interface Arguments<Types extends OptionTypes> {
  readonly options: { readonly [Name in keyof Types]?: Types[Name]["type"] extends "string" ? string : true };
  /** The words that are no options. */
  readonly operands: readonly string[];
}

/**
 * Takes what is given twice as it is given last, as shells' own commands do.
 * @throws TypeError for an option that is not there, has no value or has one where it takes none
 */
export function readArguments<const Types extends OptionTypes>(
  args: readonly string[],
  types: Types,
): Arguments<Types> {
  const options: Record<string, string | true> = {};
  const operands: string[] = [];
  // Not strict: the runtimes' own sentences differ. What is wrong is seen from the tokens.
  const { tokens } = parseArgs({
    args: [...args],
    options: types,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const type = Object.hasOwn(types, token.name) ? types[token.name]?.type : undefined;
    if (type === undefined) throw new TypeError(`There is no option ${token.rawName}; --help lists them`);
    if (type === "boolean" && token.value !== undefined) throw new TypeError(`${token.rawName} takes no value`);
    if (type === "string" && !token.value) throw new TypeError(`${token.rawName} needs a value`);
    options[token.name] = token.value ?? true;
  }
  return { options: options as Arguments<Types>["options"], operands };
}
