/** The plugin's side in a process of its own: go-plugin's server. Any go-plugin host can launch what this serves. */
import { readFileSync, writeSync } from "node:fs";
import { Code, ConnectError } from "@connectrpc/connect";
import { GRPCBroker, GRPCController, GRPCStdio, StdioData_Channel } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { errorText, stackText } from "../../src/values/error-text.ts";
import { createByteHandler } from "../calls/answer.ts";
import { ignore, untilAborted } from "../calls/iterables.ts";
import type { Routes } from "../connection.ts";
import { type GuestProgram, negotiateVersion } from "../guest.ts";
import { createBoundedLog, droppedEntry } from "../logs/bounded-log.ts";
import { captureConsole, captureWrites, entriesOf } from "../logs/console.ts";
import { defaultHandshake, type LogEntry, type PluginModule } from "../plugin.ts";
import { longestTimerMs } from "../time/clock.ts";
import { settleWithin } from "../time/settle.ts";
import { createProcessBroker, type ProcessBroker } from "./broker.ts";
import { type PluginTerms, readGuarded, takeTerms } from "./environment.ts";
import { formatHandshakeLine } from "./handshake-line.ts";
import { formatLogLine } from "./log-lines.ts";
import { joinGuard } from "./orphan-guard.ts";
import { removeFile } from "./own-directory.ts";
import { startParentWatch } from "./parent-watch.ts";
import { borrowSocketDirectory, createSocketDirectory, type SocketDirectory } from "./socket-directory.ts";
import { serveOnSocket } from "./sockets.ts";
import { createStdio, type Stdio } from "./stdio.ts";

/** go-plugin's hosts wait two seconds after Shutdown before they kill. A host of ours kills when its own grace is over. */
const endGraceMs = { goPlugin: 1800, ours: Number.POSITIVE_INFINITY };

/** What is so from before the first line of the plugin's code on. */
interface Prepared {
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

/** Sees to it that this process ends with its host. One that has gone already will not be missed. */
async function endWithHost(env: NodeJS.ProcessEnv): Promise<void> {
  const { PLUGIN_UNIX_SOCKET_DIR: directory = "" } = env;
  if (readGuarded(env) !== true) return startParentWatch();
  if (!joinGuard(directory)) process.exit(1);
}

/** How long the plugin waits for the watch over its host before it serves without. */
const watchStartMs = 2000;

/**
 * Serves a plugin until its host ends it, and then ends the process. Never returns to code that has more to do: a process
 * that serves a plugin does nothing else.
 */
export async function servePlugin(plugin: PluginModule, guestProgram: GuestProgram): Promise<never> {
  const { stdio, watched, log, offerOutput } = prepareProcess();
  const handshake = plugin.handshake ?? defaultHandshake;
  const terms = takeTerms(handshake);
  if (terms.cookie !== handshake.cookieValue) {
    writeStderr(
      "This binary is a plugin. These are not meant to be executed directly.\n" +
        "Please execute the program that consumes these plugins, which will load any plugins automatically\n" +
        `(the environment variable ${handshake.cookieKey} does not hold the expected cookie).\n`,
    );
    process.exit(1);
  }

  const ending = new AbortController();
  const ended = Promise.withResolvers<void>();
  let serving = false;
  // Ctrl-C reaches the whole group of a terminal; when to end is the host's business.
  process.on("SIGINT", ignore);
  process.on("SIGTERM", () => {
    if (!serving) process.exit(0);
    ended.resolve();
  });

  // Node ends a process that waits for promises alone, as a setup may.
  const alive = setInterval(ignore, longestTimerMs);
  const directory = await openDirectory(terms);
  const broker = createProcessBroker(directory, ending.signal, terms.maxMessageBytes, 0);
  const protocolVersion = chooseVersion(terms.hostVersions, handshake.protocolVersions);
  const guest = await guestProgram({
    plugin,
    config: takeConfig(terms),
    broker,
    fault: broker.fault,
    protocolVersion,
    signal: ending.signal,
    ownProcess: true,
    ownThread: false,
    log,
  }).catch(fail);

  const own = goPluginRoutes({ broker, stdio, over: ending.signal, end: () => ended.resolve() });
  const routes: Routes = (router) => {
    guest.routes(router);
    (guest.metered?.(own) ?? own)(router);
  };
  const address = directory.nextSocket();
  const handler = createByteHandler(routes, terms.maxMessageBytes);
  const server = await serveOnSocket(address, handler, terms.maxMessageBytes).catch(fail);
  await settleWithin(watched, watchStartMs);
  clearInterval(alive);
  serving = true;
  offerOutput();
  writeSync(1, formatHandshakeLine({ protocolVersion, network: "unix", address }));

  await ended.promise;
  ending.abort(new ConnectError("the plugin is ending", Code.Unavailable));
  const disposed = await settleWithin(guest.dispose(), endGraceMs[terms.guarded === undefined ? "goPlugin" : "ours"]);
  if (disposed.error !== undefined) log(errorEntry("did not shut down gracefully", disposed.error));
  // The servers are not closed but left: calls in flight end by the end of the process, whose exit their callers hear of. Only
  // what is answered, as the host's call to end is, still goes out.
  await settleWithin(server.sent(), 100);
  process.exit(0);
}

/** Where the sockets are. However the process ends, they go. */
async function openDirectory({ socketDirectory, guarded }: PluginTerms): Promise<SocketDirectory> {
  if (socketDirectory === undefined) {
    const own = await createSocketDirectory();
    own.guard();
    return own;
  }
  const borrowed = borrowSocketDirectory(socketDirectory);
  // A host of another make may share its directory with others; only the sockets in it are ours.
  if (guarded === undefined) process.on("exit", () => borrowed.removeSockets());
  return borrowed;
}

/** The highest common version; the lowest of one's own where there is none, so that the host can complain in its words. */
function chooseVersion(host: readonly number[], own: readonly number[]): number {
  try {
    return negotiateVersion(host, own);
  } catch {
    return Math.min(...own);
  }
}

function takeConfig({ configFile }: PluginTerms): unknown {
  if (configFile === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(configFile, "utf8"));
  } finally {
    removeFile(configFile);
  }
}

/** Ends the process over an uncaught error, at once and with its message, on every runtime alike. */
function fail(error: unknown): never {
  const message = errorText(error);
  writeStderr(formatLogLine(errorEntry(message, error)));
  process.exit(1);
}

/** Writes at once: what a stream has not written yet is lost when the process ends. */
function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // The host has ended, or does not read: there is no reader.
  }
}

function errorEntry(message: string, error: unknown): LogEntry {
  return { level: "error", message, time: Date.now(), fields: { stacktrace: stackText(error) }, source: "log" };
}

function goPluginRoutes(parts: { broker: ProcessBroker; stdio: Stdio; over: AbortSignal; end(): void }): Routes {
  return (router) => {
    router.service(GRPCBroker, {
      async *startStream(incoming, { signal }) {
        const reading = (async () => {
          for await (const info of incoming) parts.broker.onConnInfo(info);
        })();
        reading.catch(ignore);
        yield* untilAborted(parts.broker.announcements(), signal);
      },
    });
    router.service(GRPCController, {
      // The answer is the end of the process, as it is with plugins in Go. A host that had an answer before would find the process still
      // there: Chainlink's node ends a plugin twice at once, closes the connection when it hears of the first, and kills when it finds
      // the connection closed by the second.
      shutdown() {
        parts.end();
        return new Promise<never>(ignore);
      },
    });
    router.service(GRPCStdio, {
      async *streamStdio(_, { signal }) {
        yield* untilAborted(parts.stdio.stream(), signal);
      },
    });
  };
}
