/**
 * Gets a process ready for a plugin's code, before the first line of it: its outputs, its log, its failures, and its end with the host.
 */
import { writeSync } from "node:fs";
import { StdioData_Channel } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { errorText, stackText } from "../../src/values/error-text.ts";
import { ignore } from "../calls/iterables.ts";
import { createBoundedLog, droppedEntry } from "../logs/bounded-log.ts";
import { captureConsole, captureWrites, entriesOf } from "../logs/console.ts";
import type { LogEntry } from "../plugin.ts";
import { readGuarded } from "./environment.ts";
import { formatLogLine } from "./log-lines.ts";
import { joinGuard } from "./orphan-guard.ts";
import { startParentWatch } from "./parent-watch.ts";
import { createStdio, type Stdio } from "./stdio.ts";

export interface Prepared {
  readonly stdio: Stdio;
  /** Settles once this process ends with its host. Never rejects. */
  readonly watched: Promise<void>;
  log(entry: LogEntry): void;
  /** From now on what is written to the standard streams is the host's to ask for. Until then it goes into the log. */
  offerOutput(): void;
}

let prepared: Prepared | undefined;

/**
 * Gets the process ready for code that is not ours: what it prints must not come before the handshake, and where it blocks
 * the loop for ever, the process must still end with its host. For programs that load a plugin before they serve it.
 */
export function prepareProcess(): Prepared {
  prepared ??= prepare();
  return prepared;
}

function prepare(): Prepared {
  const stdio = createStdio();
  let exiting = false;
  const toRealStderr = captureWrites(process.stderr, (chunk) => output.stderr(chunk));
  const sending = createBoundedLog<string>({
    maxLines: Number.POSITIVE_INFINITY,
    maxChars: 4 * 1024 * 1024,
    lastLines: 64,
    charsOf: (line) => line.length,
    noteOf: (dropped) => formatLogLine(droppedEntry(dropped)),
    send: toRealStderr,
  });
  process.stderr.on("drain", sending.resume);
  const log = (entry: LogEntry) => {
    const line = formatLogLine(entry);
    if (exiting) writeStderr(line);
    else sending.add(line);
  };
  // Never as it is: a host in Go panics over some of the JSON that a program may print.
  const lines = { stdout: entriesOf("stdout", log), stderr: entriesOf("stderr", log) };
  const output = { stdout: lines.stdout.write, stderr: lines.stderr.write };
  const flush = () => {
    lines.stdout.flush();
    lines.stderr.flush();
  };
  captureWrites(process.stdout, (chunk) => output.stdout(chunk));
  captureConsole(log);
  process.stderr.on("error", ignore);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  process.on("exit", () => {
    exiting = true;
    for (const line of sending.takeWaiting()) writeStderr(line);
    // What the host has not fetched is better in the log than lost.
    for (const { channel, data } of stdio.takeWaiting()) {
      lines[channel === StdioData_Channel.STDOUT ? "stdout" : "stderr"].write(data);
    }
    flush();
  });
  return {
    stdio,
    watched: endWithHost(process.env),
    log,
    offerOutput() {
      flush();
      output.stdout = (chunk) => stdio.write(StdioData_Channel.STDOUT, chunk);
      output.stderr = (chunk) => stdio.write(StdioData_Channel.STDERR, chunk);
    },
  };
}

/** Sees to it that this process ends with its host, or now where the host has ended already. */
async function endWithHost(env: NodeJS.ProcessEnv): Promise<void> {
  const { PLUGIN_UNIX_SOCKET_DIR: directory = "" } = env;
  if (readGuarded(env) !== true) return startParentWatch();
  if (!joinGuard(directory)) process.exit(1);
}

/** Ends the process over an uncaught error, at once and with its message, on every runtime alike. */
export function fail(error: unknown): never {
  const message = errorText(error);
  writeStderr(formatLogLine(errorEntry(message, error)));
  process.exit(1);
}

/** Writes at once: what a stream has not written yet is lost when the process ends. */
export function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // The host has ended, or does not read: there is no reader.
  }
}

export function errorEntry(message: string, error: unknown): LogEntry {
  return { level: "error", message, time: Date.now(), fields: { stacktrace: stackText(error) }, source: "log" };
}
