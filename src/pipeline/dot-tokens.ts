/**
 * Splits a pipeline's DOT text into tokens. Written here, because the DOT parsers on npm do not accept the dialect of
 * Chainlink's jobs: comments anywhere, an attribute list on the line after its node, escapes as in Go, multi-line strings.
 */
import { shorten } from "../values/text.ts";
import { PipelineError } from "./errors.ts";

export interface Token {
  /** Punctuation stands for itself. */
  readonly kind: "name" | "string" | "->" | "[" | "]" | "=" | "," | ";" | "end";
  /** A name or a string without quotes and escapes. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

const punctuation = ["->", "[", "]", "=", ",", ";"] as const;
const blank = /[\s\ufeff]/;
const bareCharacter = /[A-Za-z0-9_.\-\u0080-\uffff]/;
/** DOT's rule for values without quotes: a word or a number. */
const bare = /^(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*|-?(?:\.\d+|\d+(?:\.\d*)?))$/;
/** The escapes of a Go string. */
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** @throws PipelineError at the first thing that is not a token */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;

  while (at < text.length) {
    const character = text.charAt(at);
    if (character === "\n") line += 1;
    if (blank.test(character)) at += 1;
    else if (text.startsWith("//", at) || character === "#") skipLine();
    else if (text.startsWith("/*", at)) skipBlock();
    else if (character === '"') quoted();
    else if (character === "<") bracketed();
    else if (!punctuated()) word();
  }
  tokens.push({ kind: "end", value: "", line });
  return tokens;

  function skipLine(): void {
    const end = text.indexOf("\n", at);
    at = end === -1 ? text.length : end;
  }

  function skipBlock(): void {
    const end = text.indexOf("*/", at + 2);
    if (end === -1) fail("Unfinished comment: close it with */");
    line += linesIn(text.slice(at, end));
    at = end + 2;
  }

  function punctuated(): boolean {
    const found = punctuation.find((one) => text.startsWith(one, at));
    if (found === undefined) return false;
    tokens.push({ kind: found, value: found, line });
    at += found.length;
    return true;
  }

  function word(): void {
    const start = at;
    while (at < text.length && bareCharacter.test(text.charAt(at)) && !/^-[->]/.test(text.slice(at, at + 2))) at += 1;
    const value = text.slice(start, at);
    if (value === "") fail(unexpected(text.charAt(start), text.startsWith("--", start)));
    if (!bare.test(value)) fail(`${show(value)} needs quotes: write "${shorten(value)}"`);
    tokens.push({ kind: "name", value, line });
  }

  function quoted(): void {
    const startLine = line;
    let value = "";
    for (at += 1; ; at += 1) {
      if (at >= text.length) fail(`Unfinished string: close it with "`, startLine);
      const character = text.charAt(at);
      if (character === '"') break;
      if (character === "\n") line += 1;
      if (character !== "\\") {
        value += character;
        continue;
      }
      at += 1;
      const escaped = text.charAt(at);
      if (escaped === "u") {
        const hex = text.slice(at + 1, at + 5);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) fail(`Unknown escape \\u${show(hex)}: write four hexadecimal digits`);
        value += String.fromCharCode(Number.parseInt(hex, 16));
        at += 4;
      } else if (Object.hasOwn(escapes, escaped)) value += escapes[escaped];
      else fail(`Unknown escape ${show(`\\${escaped}`)}: write \\\\ for a backslash`);
    }
    at += 1;
    tokens.push({ kind: "string", value, line: startLine });
  }

  /** `<...>`, in which quotes and backslashes have no meaning and brackets may nest. */
  function bracketed(): void {
    const startLine = line;
    const start = at + 1;
    for (let depth = 0; ; at += 1) {
      if (at >= text.length) fail("Unfinished string: close it with >", startLine);
      const character = text.charAt(at);
      if (character === "\n") line += 1;
      if (character === "<") depth += 1;
      if (character === ">") depth -= 1;
      if (depth === 0) break;
    }
    tokens.push({ kind: "string", value: text.slice(start, at), line: startLine });
    at += 1;
  }

  function fail(message: string, where = line): never {
    throw new PipelineError([{ line: where, message }]);
  }
}

function unexpected(character: string, undirected: boolean): string {
  if (undirected) return "Unexpected --: edges have a direction, write ->";
  if (character === "{" || character === "}") {
    return `Unexpected ${character}: write only tasks and edges, without "digraph { }" or groups`;
  }
  return `Unexpected ${show(character)}: put quotes around a value that contains it`;
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}

function show(text: string): string {
  return JSON.stringify(shorten(text));
}
