/** Turns what plugin code prints into log entries, where a plugin has its console and outputs to itself. */
import { format } from "node:util";
import type { LogEntry, LogLevel } from "./plugin.ts";

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

/** From now on, what is written to a standard stream goes to `onChunk` and nowhere else. Returns the way that it went before. */
export function captureWrites(
  stream: NodeJS.WriteStream,
  onChunk: (chunk: Uint8Array) => void,
): (chunk: string | Uint8Array) => void {
  const write = stream.write.bind(stream);
  Reflect.set(stream, "write", (chunk: string | Uint8Array, ...rest: unknown[]) => {
    onChunk(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    const done = rest.find((argument) => typeof argument === "function");
    if (done !== undefined) queueMicrotask(() => done(null));
    return true;
  });
  return (chunk) => {
    write(chunk);
  };
}

/** The lines that plugin code wrote to a standard stream, as entries of a log. */
export function entriesOf(source: "stdout" | "stderr", emit: (entry: LogEntry) => void): (chunk: Uint8Array) => void {
  const level = source === "stdout" ? "info" : "warn";
  const decoder = new TextDecoder();
  const lines = createLineSplitter((message) => emit({ level, message, time: Date.now(), fields: {}, source }));
  return (chunk) => lines.push(decoder.decode(chunk, { stream: true }));
}

export interface LineSplitter {
  push(text: string): void;
  /** Hands on what stands there without a line's end. */
  flush(): void;
}

/** Cuts text into lines. A line longer than `maxLength` is cut there, and the cut is marked. */
export function createLineSplitter(onLine: (line: string) => void, maxLength = 64 * 1024): LineSplitter {
  let rest = "";
  const emit = (line: string) => {
    if (line !== "") onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  return {
    push(text) {
      let begin = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", begin)) {
        emit(rest + text.slice(begin, end));
        rest = "";
        begin = end + 1;
      }
      rest += text.slice(begin);
      while (rest.length > maxLength) {
        onLine(`${rest.slice(0, maxLength)} [cut]`);
        rest = rest.slice(maxLength);
      }
    },
    flush() {
      emit(rest);
      rest = "";
    },
  };
}
