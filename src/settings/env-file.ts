/** Env files: `KEY=VALUE` lines, read by the same rules as in Chainlink's nodes. */
import { errorText } from "../values/error-text.ts";
import { type Mistake, throwMistakes } from "./mistakes.ts";
import { readConfigText } from "./text-file.ts";

/**
 * Reads a file.
 * @param name the file's name for messages
 * @throws ConfigError with every mistake
 */
export function readEnvFile(file: string, name = file): ReadonlyMap<string, string> {
  return parseEnvFile(readConfigText(file, name), name);
}

/**
 * Reads `KEY=VALUE` lines. A line may begin with `export`. A value may be in single quotes, which keep it as it is, or in double quotes,
 * which allow escapes such as `\n`, `\t` and `\"`. `#` after a blank begins a comment. A later line overrides an earlier one.
 * @throws ConfigError with every mistake; it never shows a value, which may be a secret
 */
export function parseEnvFile(text: string, file: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    try {
      const entry = readLine(line.replace(/^\ufeff/, "").trim());
      if (entry !== undefined) entries.set(...entry);
    } catch (error) {
      const message = errorText(error);
      mistakes.push({ origin: { kind: "file", file, line: index + 1 }, key: "", message });
    }
  }
  throwMistakes(mistakes);
  return entries;
}

function readLine(line: string): [key: string, value: string] | undefined {
  if (line === "" || line.startsWith("#")) return undefined;
  const [, key, value = ""] = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/s.exec(line) ?? [];
  if (key === undefined) throw new SyntaxError("Expected KEY=VALUE with the name of a variable before the =");
  return [key, readValue(key, value)];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "'": "'", "\\": "\\", $: "$" };

function readValue(key: string, text: string): string {
  const quote = text.charAt(0);
  if (quote !== '"' && quote !== "'") {
    const value = text.replace(/(^|\s)#.*$/, "").trim();
    return checked(key, value);
  }
  let value = "";
  let at = 1;
  for (; at < text.length && text.charAt(at) !== quote; at += 1) {
    if (quote === '"' && text.charAt(at) === "\\") {
      at += 1;
      const escaped = text.charAt(at);
      if (!Object.hasOwn(escapes, escaped))
        throw new SyntaxError(`The value of ${key} has an unknown escape: write \\\\ for a backslash`);
      value += escapes[escaped];
    } else value += text.charAt(at);
  }
  if (at >= text.length) throw new SyntaxError(`The value of ${key} is not closed with ${quote}`);
  if (!/^\s*(?:#.*)?$/.test(text.slice(at + 1)))
    throw new SyntaxError(`The value of ${key} must end with the closing ${quote}`);
  return checked(key, value);
}

/** An environment variable cannot contain a zero character. */
function checked(key: string, value: string): string {
  if (value.includes("\0")) throw new SyntaxError(`The value of ${key} contains a zero character`);
  return value;
}
