/** What a node prints: its log, a line for each round, and what it says of itself. */
import { settleWithin } from "../../transports/time/settle.ts";
import { droppedLine, formatJsonLog, formatLog, hostLine, isAtLeast, type PluginLogLine } from "../runtime/log.ts";
import { createOutput } from "../runtime/output.ts";
import { ConfigError, printableError } from "../settings/mistakes.ts";
import { printable } from "../values/printable.ts";
import type { LogConfig } from "./config/log.ts";
import { formatRound, type Round } from "./feed/rounds.ts";

export interface Printer {
  /** A line of the log, where its level is shown. */
  log(line: PluginLogLine): void;
  round(round: Round): void;
  /** What the node says of itself when it starts and ends. */
  say(text: string): void;
  /** What the node does not start with, or ends of. */
  fail(error: unknown): void;
  /** Waits for a moment until all of it is written. */
  finish(): Promise<void>;
}

/** How long the reader of the last lines is waited for. */
const finishMs = 500;

/**
 * As text, rounds and what the node says of itself stand on standard output, and the log on standard error. As JSON, all of it is lines
 * of the log.
 */
export function createPrinter({ level: least, format }: LogConfig): Printer {
  const write = format === "json" ? formatJsonLog : formatLog;
  const noteOf = (dropped: number) => write(droppedLine(dropped, "node"));
  const stderr = createOutput("stderr", noteOf);
  const stdout = createOutput("stdout", noteOf);
  const log = (line: PluginLogLine) => {
    if (isAtLeast(line.level, least)) stderr.print(write(line));
  };
  const tell = (level: PluginLogLine["level"], message: string, fields: PluginLogLine["fields"] = {}) =>
    log({ ...hostLine, plugin: "node", time: Date.now(), level, message, fields });
  const finish = async () => {
    await settleWithin(Promise.all([stdout.flushed(), stderr.flushed()]), finishMs);
  };
  if (format === "text") {
    return {
      log,
      round: (round) => stdout.print(formatRound(round)),
      say: (text) => stdout.print(printable(text)),
      fail: (error) => stderr.print(printableError(error)),
      finish,
    };
  }
  return {
    log,
    round({ durationMs, ...round }) {
      tell(round.outcome === "failed" ? "error" : "info", "round over", {
        ...round,
        durationMs: Math.round(durationMs),
      });
    },
    say: (text) => tell("info", text),
    fail(error) {
      const sentences = error instanceof ConfigError ? error.message.split("\n") : [printableError(error)];
      for (const sentence of sentences) tell("error", sentence);
    },
    finish,
  };
}
