/** Reads what the host gives to a relayer: its chain's table in TOML. An error says in one sentence what is wrong with it. */
import { getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";
import type { z } from "zod";

/**
 * @param what whose table it is, such as `the simulated chain's config`
 * @throws SyntaxError that names the line when it is not TOML
 * @throws TypeError that names the key that is wrong
 */
export function readRelayerConfig<Config>(what: string, toml: string, schema: z.ZodType<Config>): Config {
  const result = schema.safeParse(parse(what, toml));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const [unknown] = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("");
  throw new TypeError(`Cannot use ${what}: ${path ? `${path.replace(/^\./, "")}: ` : ""}${issue?.message}`);
}

function parse(what: string, toml: string): unknown {
  try {
    return getStaticTOMLValue(parseTOML(toml));
  } catch (cause) {
    // The parser is recursive.
    if (cause instanceof RangeError)
      throw new SyntaxError(`Cannot read ${what}: its tables or lists are nested too deeply`);
    if (!(cause instanceof ParseError)) throw cause;
    throw new SyntaxError(
      `Cannot read ${what}: line ${cause.lineNumber}, column ${cause.column + 1}: ${cause.message}`,
      {
        cause,
      },
    );
  }
}
