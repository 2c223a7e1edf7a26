/** Turns what plugin code prints into log entries, where a plugin has its console and outputs to itself. */
import { format } from "node:util";
import type { LogEntry, LogLevel } from "../plugin.ts";
import { cutMark, isHighSurrogate, maxEntryChars, maxLineLength } from "./plain-entry.ts";

const levels: Readonly<Record<"trace" | "debug" | "log" | "info" | "warn" | "error", LogLevel>> = {
  trace: "trace",
  debug: "debug",
  log: "info",
  info: "info",
  warn: "warn",
  error: "error",
};

/** From now on, the console's lines go to `emit` and nowhere else. */
export function captureConsole(emit: (entry: LogEntry) => void): void {
  for (const [method, level] of Object.entries(levels)) {
    Reflect.set(console, method, (...args: unknown[]) => {
      emit({ level, message: format(...args), time: Date.now(), fields: {}, source: "console" });
    });
  }
}

/**
 * From now on, what is written to a standard stream goes to `onChunk` and nowhere else. Returns the way that it went before, which
 * tells whether the stream takes more.
 */
export function captureWrites(
  stream: NodeJS.WriteStream,
  onChunk: (chunk: Uint8Array) => void,
): (chunk: string | Uint8Array) => boolean {
  const write = stream.write.bind(stream);
  Reflect.set(stream, "write", (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const encoding = rest.find((argument): argument is BufferEncoding => typeof argument === "string");
    onChunk(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
    const done = rest.find((argument) => typeof argument === "function");
    if (done !== undefined) queueMicrotask(() => done(null));
    return true;
  });
  return (chunk) => write(chunk);
}

export interface OutputReader {
  write(chunk: Uint8Array): void;
  /** Hands on what stands there without a line's end. */
  flush(): void;
}

/** The lines that plugin code wrote to a standard stream, as entries of a log. */
export function entriesOf(source: "stdout" | "stderr", emit: (entry: LogEntry) => void): OutputReader {
  const level = source === "stdout" ? "info" : "warn";
  const decoder = new TextDecoder();
  const onLine = (message: string) => emit({ level, message, time: Date.now(), fields: {}, source });
  const lines = createLineSplitter(onLine, { maxLength: maxEntryChars });
  return {
    write: (chunk) => lines.push(decoder.decode(chunk, { stream: true })),
    flush() {
      lines.push(decoder.decode());
      lines.flush();
    },
  };
}

export interface LineSplitter {
  push(text: string): void;
  /** Hands on what stands there without a line's end. */
  flush(): void;
}

export interface LineSplitterOptions {
  /** In characters. @default 64 Ki */
  readonly maxLength?: number;
  /** Whether of a line that is too long only its beginning is of use. @default never */
  readonly isOnlyBegun?: (begin: string) => boolean;
}

/** Cuts text into lines, empty ones left out. A line longer than `maxLength` is cut there, and the cut is marked. */
export function createLineSplitter(
  onLine: (line: string) => void,
  { maxLength = maxLineLength, isOnlyBegun = () => false }: LineSplitterOptions = {},
): LineSplitter {
  let rest = "";
  /** Whether what comes before the line's end is left out. */
  let skipping = false;
  /** Hands on what is too long for one line and gives back what is left. */
  const cut = (text: string, length = text.length): string => {
    let begin = 0;
    while (length - begin > maxLength) {
      const end = begin + maxLength;
      // Not between the halves of a character.
      const whole = isHighSurrogate(text.charCodeAt(end - 1)) && maxLength > 1 ? end - 1 : end;
      const piece = text.slice(begin, whole);
      onLine(`${piece}${cutMark}`);
      skipping = isOnlyBegun(piece);
      if (skipping) return "";
      begin = whole;
    }
    return text.slice(begin);
  };
  const emit = (text: string) => {
    const line = cut(text.endsWith("\r") ? text.slice(0, -1) : text);
    if (line !== "") onLine(line);
  };
  return {
    push(text) {
      let begin = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", begin)) {
        if (!skipping) emit(rest + text.slice(begin, end));
        skipping = false;
        rest = "";
        begin = end + 1;
      }
      if (skipping) return;
      rest += text.slice(begin);
      // What may be the first half of a line's end does not make the line longer.
      rest = cut(rest, rest.endsWith("\r") ? rest.length - 1 : rest.length);
    },
    flush() {
      if (!skipping) emit(rest);
      skipping = false;
      rest = "";
    },
  };
}
