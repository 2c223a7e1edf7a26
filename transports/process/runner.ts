/**
 * What a system needs to run a file, beside the file: the interpreter of a script, the dynamic loader of a binary. Where that is missing,
 * the system says that the file is, which is there.
 */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { shorten } from "../../src/values/text.ts";

/** An interpreter may be a script with one of its own, so often. */
const longestChain = 4;

/** Longer first lines are cut off by Linux. */
const maxLineBytes = 255;

/** Linux runs no binary whose table of segments is longer. */
const maxTableBytes = 65_536;

/** @returns what is wrong with what the file names to be run by, in one sentence without its end; `undefined` for nothing that can be seen */
export function missingRunner(file: string, depth = 1): string | undefined {
  try {
    const interpreter = interpreterOf(file);
    if (interpreter === undefined) return missingLoader(file);
    if (isExecutable(interpreter)) return depth < longestChain ? missingRunner(interpreter, depth + 1) : undefined;
    const named = `the first line of ${quoted(file)} names the interpreter ${quoted(interpreter)}`;
    return interpreter.endsWith("\r")
      ? `${named}, with a carriage return at its end: save the file with the line ends of Unix`
      : `${named}, ${isThere(interpreter) ? "which cannot be executed" : "which does not exist"}`;
  } catch {
    // A file that cannot be read may well be run.
    return undefined;
  }
}

function missingLoader(file: string): string | undefined {
  const loader = loaderOf(file);
  if (loader === undefined || isThere(loader)) return undefined;
  return `${quoted(file)} is loaded by ${quoted(loader)}, which does not exist: it was built for another system`;
}

function interpreterOf(file: string): string | undefined {
  const begin = read(file, 0, maxLineBytes).toString("latin1");
  if (!begin.startsWith("#!")) return undefined;
  // A carriage return is no space to the system.
  const word = /^#![ \t]*([^ \t\n\0]+)/.exec(begin)?.[1];
  return word === undefined ? undefined : Buffer.from(word, "latin1").toString();
}

/** The dynamic loader that an ELF file names; a file without one is linked statically. */
function loaderOf(file: string): string | undefined {
  const head = read(file, 0, 64);
  if (head.length < 52 || head.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  const wide = head[4] === 2;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const little = head[5] === 1;
  const whole = (from: DataView, at: number, bytes: 2 | 4 | 8) =>
    bytes === 8
      ? Number(from.getBigUint64(at, little))
      : bytes === 4
        ? from.getUint32(at, little)
        : from.getUint16(at, little);
  const word = wide ? 8 : 4;
  const tableAt = whole(view, wide ? 32 : 28, word);
  const [entryBytes, entries] = [whole(view, wide ? 54 : 42, 2), whole(view, wide ? 56 : 44, 2)];
  const table = read(file, tableAt, Math.min(entryBytes * entries, maxTableBytes));
  const rows = new DataView(table.buffer, table.byteOffset, table.length);
  for (let at = 0; at + entryBytes <= table.length; at += entryBytes) {
    const interpreterType = 3;
    if (whole(rows, at, 4) !== interpreterType) continue;
    const from = whole(rows, at + (wide ? 8 : 4), word);
    const bytes = whole(rows, at + (wide ? 32 : 16), word);
    return read(file, from, Math.min(bytes, 4096)).toString().replace(/\0.*$/s, "");
  }
  return undefined;
}

function read(file: string, from: number, bytes: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, from));
  } finally {
    closeSync(descriptor);
  }
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** A path for a sentence. */
export function quoted(path: string): string {
  return JSON.stringify(shorten(path, 255));
}
