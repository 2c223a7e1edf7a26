/**
 * The simulated chain's ledger: the transactions that were sent, in one order for all readers.
 *
 * On disk it is a file of JSON lines that only grows. Each transaction is a single write to a descriptor opened with
 * O_APPEND, which the operating system puts at the end even when others write too. So two instances of a relayer plugin, or
 * several nodes on one machine, share a chain without a lock, and an instance that is killed leaves no lock behind. The
 * outcome of a transaction is not in the file: it follows from the lines before it, the same for every reader. When a writer
 * ends in the middle of a line, the leading line break of the next write ends that line, and readers skip it.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errorText } from "../../values/error-text.ts";

/** Entries are JSON; the ledger does not look into them. */
export interface Ledger {
  /** Puts an entry at the end. */
  append(entry: object): void;
  /** The entries since the last call, from all writers. */
  read(): unknown[];
  close(): void;
}

/** A ledger in memory. */
export function createMemoryLedger(): Ledger {
  const entries: unknown[] = [];
  return {
    append: (entry) => void entries.push(JSON.parse(JSON.stringify(entry))),
    read: () => entries.splice(0),
    close: () => {},
  };
}

/**
 * A ledger on the local disk.
 * @throws Error that names the file when it cannot be opened
 */
export function openFileLedger(path: string): Ledger {
  const file = openFile(path);
  const decoder = new TextDecoder();
  let position = 0;
  let unfinished = "";

  return {
    append(entry) {
      const line = Buffer.from(`\n${JSON.stringify(entry)}\n`);
      const written = writeSync(file, line);
      if (written !== line.length) {
        throw new Error(
          `Cannot append to the state file "${path}": only ${written} of ${line.length} bytes were written`,
        );
      }
    },

    read() {
      const length = fstatSync(file).size - position;
      if (length <= 0) return [];
      const bytes = Buffer.alloc(length);
      const read = readSync(file, bytes, 0, length, position);
      position += read;
      const lines = (unfinished + decoder.decode(bytes.subarray(0, read), { stream: true })).split("\n");
      unfinished = lines.pop() ?? "";
      return lines.flatMap(parseLine);
    },

    close: () => closeSync(file),
  };
}

function openFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "a+");
  } catch (cause) {
    const reason = errorText(cause);
    throw new Error(`Cannot open the simulated chain's state file "${path}": ${reason}`, { cause });
  }
}

function parseLine(line: string): unknown[] {
  if (line === "") return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
