/** Reads the small text files that a node is configured with. */
import { readFileSync, statSync } from "node:fs";
import { errorCode, errorText } from "../values/error-text.ts";
import { ConfigError } from "./mistakes.ts";

/** Far above any real config. */
const maxFileBytes = 1024 * 1024;

/**
 * Reads a file as UTF-8.
 * @param name the file's name for messages
 * @throws ConfigError that says why it cannot be read
 */
export function readConfigText(file: string, name: string): string {
  try {
    return readText(file);
  } catch (error) {
    const message = errorText(error);
    throw new ConfigError([{ origin: { kind: "file", file: name, line: 1 }, key: "", message }]);
  }
}

function readText(file: string): string {
  let bytes: Uint8Array;
  try {
    const found = statSync(file);
    // Reading a pipe or a device might never end.
    if (!found.isFile())
      throw new Error(found.isDirectory() ? "It is a directory, not a file" : "It is not an ordinary file");
    if (found.size > maxFileBytes) throw new Error(`It has ${found.size} bytes, at most ${maxFileBytes} are allowed`);
    bytes = readFileSync(file);
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error("It is not UTF-8 text", { cause: error });
  }
}

function reason(error: unknown): string {
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") return "There is no such file";
  if (code === "EACCES" || code === "EPERM") return "There is no permission to read it";
  return errorText(error);
}
