/** From the order to launch a plugin to a program that runs and has said where it listens. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defined } from "../../src/values/defined.ts";
import { errorCode, errorText } from "../../src/values/error-text.ts";
import { textWithoutCode } from "../calls/connect-error.ts";
import { endedByItself, endedEarly } from "../calls/errors.ts";
import { ignore, untilAbortedOnce } from "../calls/iterables.ts";
import { guestFiles } from "../loading/guest-files.ts";
import { createStderrTail } from "../logs/stderr-tail.ts";
import type { LogEntry } from "../plugin.ts";
import { settleWithin } from "../time/settle.ts";
import { defaultMaxMessageBytes, type Launch, LaunchError, type PluginExit } from "../transport.ts";
import type { Program } from "./attach.ts";
import { verifyChecksum } from "./checksum.ts";
import { type ChildExit, startChild } from "./child.ts";
import { ownEnvironment, writeTerms } from "./environment.ts";
import { whyNotStarted } from "./executable.ts";
import { type HandshakeLine, looksLikeHandshake, parseHandshakeLine } from "./handshake-line.ts";
import { createLogReader } from "./log-lines.ts";
import type { ProcessSpec } from "./options.ts";
import {
  createSocketDirectory,
  type InstanceDirectory,
  removeDirectory,
  type SocketDirectory,
} from "./socket-directory.ts";

export interface StartedProgram extends Program {
  readonly handshake: HandshakeLine;
}

/** How long after the end of its output the program's exit may be seen. */
const exitWordMs = 500;

/**
 * Starts the program and resolves when it has written its handshake line. What it prints goes to the log until it ends.
 * @throws LaunchError; nothing of the program is then left
 */
export async function startProgram(spec: ProcessSpec, launch: Launch): Promise<StartedProgram> {
  const { handshake, signal, maxMessageBytes = defaultMaxMessageBytes } = launch;
  const environment = ownEnvironment(spec);
  const cwd = spec.cwd ?? process.cwd();
  if (spec.checksum !== undefined) {
    await verifyChecksum(spec.command, { path: environment.PATH, cwd }, spec.checksum);
  }
  const { directory, guarded, configFile } = await prepare(launch.config);
  const stderr = createStderrTail();
  const log = (entry: LogEntry) => {
    stderr.note(entry);
    launch.onLog(entry);
  };
  const readStderrLine = createLogReader();
  const line = Promise.withResolvers<string>();
  line.promise.catch(ignore);

  const { command, args } = await commandOf(spec, launch.guestProgram);
  const program = spec.cwd === undefined ? `"${command}"` : `"${command}" in "${spec.cwd}"`;
  // A system names the program itself, whatever it is that is missing.
  const whyRefused = (error: Error) => {
    const code = errorCode(error) ?? "";
    const why = refusals.has(code) ? whyNotStarted(command, { path: environment.PATH, cwd }) : undefined;
    return `Cannot start ${program}: ${why === undefined ? error.message : `${why} (${code})`}`;
  };
  let handshaken = false;
  let outOfMemory = false;
  const child = startChild({
    command,
    args,
    env: {
      ...environment,
      ...writeTerms({ handshake, socketDirectory: directory.path, guarded, configFile, maxMessageBytes, ...spec.grpc }),
    },
    ...defined({ cwd: spec.cwd }),
    directory: directory.path,
    onStdoutLine(text) {
      if (!handshaken && looksLikeHandshake(text)) {
        handshaken = true;
        line.resolve(text);
      } else {
        log({ level: "info", message: text, time: Date.now(), fields: {}, source: "stdout" });
      }
    },
    onStdoutEnd() {
      // Mostly because the plugin has ended, and then its exit says more.
      void settleWithin(exited, exitWordMs).then(() => {
        const message = "The plugin closed its standard output without a handshake";
        line.reject(new LaunchError("handshake-failed", message, { lastStderr: stderr.lines() }));
      });
    },
    onStderrLine(text) {
      // V8's two ways to say it, before more lines than are kept.
      if (/JavaScript (heap )?out of memory/.test(text)) outOfMemory = true;
      const entry = readStderrLine(text);
      if (entry.source === "log" && entry.level === "error") stderr.add(entry.message);
      log(entry);
    },
  });
  const exited = child.exited.then((exit) => {
    const seen = describe(exit, outOfMemory);
    line.reject(failedStart(exit, whyRefused, { ...seen, lastStderr: stderr.lines() }));
    return seen;
  });

  try {
    const text = await untilAbortedOnce(line.promise, signal);
    const said = parseHandshakeLine(text, handshake.protocolVersions);
    return { handshake: said, ...defined({ pid: child.pid }), directory, stderr, exited, kill: child.kill };
  } catch (cause) {
    const code = signal.aborted ? "launch-failed" : "handshake-failed";
    const error =
      cause instanceof LaunchError
        ? cause
        : new LaunchError(code, textWithoutCode(cause), { cause, lastStderr: stderr.lines() });
    child.kill();
    await exited;
    await removeDirectory(directory, log);
    throw error;
  }
}

interface Prepared {
  readonly directory: SocketDirectory;
  /** Whether it ends when this process dies, without doing anything for it. */
  readonly guarded: boolean;
  readonly configFile: string | undefined;
}

/** A system's names for something that is not there, or may not be run. */
const refusals: ReadonlySet<string> = new Set(["ENOENT", "EACCES", "ENOTDIR"]);

/** Makes what the plugin needs before it starts. @throws LaunchError */
async function prepare(config: unknown): Promise<Prepared> {
  let directory: InstanceDirectory | undefined;
  try {
    const json = config === undefined ? undefined : JSON.stringify(config);
    directory = await createSocketDirectory();
    const guarded = directory.guard();
    if (json === undefined) return { directory, guarded, configFile: undefined };
    const configFile = join(directory.path, "config.json");
    await writeFile(configFile, json, { mode: 0o600 });
    return { directory, guarded, configFile };
  } catch (cause) {
    await directory?.remove().catch(ignore);
    throw new LaunchError("launch-failed", `Cannot prepare the plugin's config and sockets: ${errorText(cause)}`, {
      cause,
    });
  }
}

async function commandOf(spec: ProcessSpec, program: URL): Promise<{ command: string; args: readonly string[] }> {
  if (spec.module === undefined) return { command: spec.command, args: spec.args };
  const { processEntry, guestProgram } = await guestFiles(program);
  return {
    command: spec.command,
    args: [...spec.args, fileURLToPath(processEntry), guestProgram.href, spec.module.href],
  };
}

function describe({ code, signal, error }: ChildExit, outOfMemory: boolean): Omit<PluginExit, "lastStderr"> {
  const reason = outOfMemory ? "out-of-memory" : endedByItself(code);
  return { reason, ...defined({ code, signal, message: error?.message }) };
}

/** The error for a program that ended before its handshake. */
function failedStart({ error }: ChildExit, whyRefused: (error: Error) => string, exit: PluginExit): LaunchError {
  const { lastStderr } = exit;
  if (error !== undefined) return new LaunchError("launch-failed", whyRefused(error), { cause: error });
  if (lastStderr.some((text) => text.includes("This binary is a plugin"))) {
    return new LaunchError(
      "handshake-failed",
      "Cannot use the plugin: it does not accept the host's handshake cookie",
      { lastStderr },
    );
  }
  return endedEarly(exit);
}
