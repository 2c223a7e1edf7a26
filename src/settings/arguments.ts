/** Reads a command's arguments. */
import { parseArgs } from "node:util";
import { describe } from "../values/text.ts";
import { type Mistake, throwMistakes } from "./mistakes.ts";

/** How an option is written. */
export interface OptionType {
  /** An example of its value, for the message when the value is missing. Absent: the option takes no value. */
  readonly example?: string;
  /** Its one-letter form. */
  readonly short?: string;
  /** Whether it may be given more than once. Default false. */
  readonly repeatable?: boolean;
}

type Given<Type extends OptionType> = Type extends { readonly repeatable: true }
  ? readonly string[]
  : Type extends { readonly example: string }
    ? string
    : true;

export interface Arguments<Types extends Readonly<Record<string, OptionType>>> {
  readonly options: { readonly [Name in keyof Types]?: Given<Types[Name]> };
  /** The words that are not options. */
  readonly operands: readonly string[];
}

/**
 * Reads the arguments after the command's name.
 * @param mistakes mistakes are added to it. Default: they are thrown
 * @throws ConfigError with every mistake
 */
export function readArguments<const Types extends Readonly<Record<string, OptionType>>>(
  args: readonly string[],
  types: Types,
  mistakes?: Mistake[],
): Arguments<Types> {
  const found: Mistake[] = [];
  const options: Record<string, string | true | string[]> = {};
  const operands: string[] = [];
  for (const token of tokensOf(args, types)) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    const message = type === undefined ? "There is no such option; --help lists them" : check(token, type, options);
    if (message !== undefined) found.push(argumentMistake(rawName, message));
    else if (value === undefined) options[name] = true;
    else if (type?.repeatable) options[name] = [...((options[name] as string[] | undefined) ?? []), value];
    else options[name] = value;
  }
  if (mistakes === undefined) throwMistakes(found);
  else mistakes.push(...found);
  return { options: options as Arguments<Types>["options"], operands };
}

/** @param argument the option or word that is wrong */
export function argumentMistake(argument: string, message: string): Mistake {
  return { origin: { kind: "flag", flag: argument }, key: "", message };
}

/** For a command that only takes options. */
export function refuseOperands(operands: readonly string[], mistakes: Mistake[]): void {
  for (const word of operands) {
    mistakes.push(argumentMistake(describe(word), "It is not an option: options begin with --"));
  }
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  /** Whether the value is written behind a `=`. */
  readonly inlineValue: boolean | undefined;
}

/** @returns what is wrong with a known option; `undefined` for nothing */
function check(
  { name, rawName, value, inlineValue }: OptionToken,
  type: OptionType,
  before: object,
): string | undefined {
  if (type.example === undefined) return value === undefined ? undefined : "It takes no value";
  // `--config --help` forgot the value of the first.
  const isForgotten = !value || (value.startsWith("--") && inlineValue !== true);
  if (isForgotten) return `It needs a value: ${rawName} ${type.example}`;
  return Object.hasOwn(before, name) && !type.repeatable ? "It is given twice" : undefined;
}

/** Not strict, as the runtimes' own messages differ: mistakes are found in the tokens. */
function tokensOf(args: readonly string[], types: Readonly<Record<string, OptionType>>) {
  const options = Object.fromEntries(
    Object.entries(types).map(([name, { example, short }]) => {
      const type = example === undefined ? ("boolean" as const) : ("string" as const);
      return [name, { type, ...(short === undefined ? {} : { short }) }];
    }),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}
