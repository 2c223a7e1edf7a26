/** Reads objects of JSON that `JSON.parse` cannot read, or only at too high a cost: those without an end, and those nested deeply. */
import { endOfString, isDeeperThan } from "../../src/values/depth.ts";
import { cutMark } from "../logs/plain-entry.ts";

/**
 * The members of an object, as far as they go: a text without an end gets the mark of a cut. A value that is nested deeper than
 * `maxDepth`, or is nested and has no end, is its JSON as a text.
 * @throws SyntaxError for what is not the beginning of an object
 */
export function readMembers(json: string, maxDepth: number): Record<string, unknown> {
  const members: [name: string, value: unknown][] = [];
  let at = skipBlanks(json, json.indexOf("{") + 1);
  while (at < json.length && json[at] !== "}") {
    const nameEnd = endOfString(json, at);
    const colon = skipBlanks(json, nameEnd === -1 ? json.length : nameEnd);
    const begin = skipBlanks(json, colon + 1);
    // A name without a value says nothing.
    if (begin >= json.length) break;
    const name: unknown = JSON.parse(json.slice(at, nameEnd));
    if (typeof name !== "string" || json[colon] !== ":") throw new SyntaxError("It is not a member of an object");
    const end = endOfValue(json, begin);
    if (end === -1) {
      const value = readBegun(json.slice(begin));
      if (value !== undefined) members.push([name, value]);
      break;
    }
    const text = json.slice(begin, end);
    members.push([name, isDeeperThan(text, maxDepth) ? text : JSON.parse(text)]);
    at = skipBlanks(json, end);
    if (json[at] === ",") at = skipBlanks(json, at + 1);
    else if (at < json.length && json[at] !== "}") throw new SyntaxError("It is not an object");
  }
  return Object.fromEntries(members);
}

function skipBlanks(json: string, at: number): number {
  while (at < json.length && " \t\r\n".includes(json.charAt(at))) at++;
  return at;
}

/** The place behind the value that begins at `begin`; -1 where it has no end. */
function endOfValue(json: string, begin: number): number {
  if (json[begin] === '"') return endOfString(json, begin);
  let depth = 0;
  for (let at = begin; at < json.length; at++) {
    const char = json[at];
    if (char === '"') {
      const end = endOfString(json, at);
      if (end === -1) return -1;
      at = end - 1;
    } else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (char === "," && depth === 0) return at;
  }
  return -1;
}

/** What there is of a value without an end; `undefined` for a number or a word, which would be another one. */
function readBegun(text: string): string | undefined {
  if (/^[[{]/.test(text)) return `${text}${cutMark}`;
  if (!text.startsWith('"')) return undefined;
  // The cut may go through an escape, whose longest has six characters.
  for (let length = text.length; length > text.length - 6; length--) {
    try {
      return `${JSON.parse(`${text.slice(0, length)}"`)}${cutMark}`;
    } catch {}
  }
  throw new SyntaxError("It is not a string");
}
