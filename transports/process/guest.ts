/** The plugin's place in a process of its own: go-plugin's server side. Any go-plugin host can launch what this serves. */
import { readFileSync, rmSync, writeSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { GRPCBroker, GRPCController, GRPCStdio, StdioData_Channel } from "../../proto/gen/goplugin/goplugin_pb.ts";
import type { Routes } from "../broker.ts";
import { createByteHandler } from "../calls/answer.ts";
import { ignore, untilAborted } from "../calls/iterables.ts";
import { settleWithin } from "../calls/time.ts";
import { captureConsole, captureWrites } from "../console.ts";
import { serveGrpc } from "../grpc/server.ts";
import { type GuestProgram, negotiateVersion } from "../guest.ts";
import { defaultHandshake, type LogEntry, type PluginModule } from "../plugin.ts";
import { createProcessBroker, type ProcessBroker } from "./broker.ts";
import { type PluginTerms, takeTerms } from "./environment.ts";
import { formatHandshakeLine } from "./handshake-line.ts";
import { formatLogLine } from "./log-lines.ts";
import { startParentWatch } from "./parent-watch.ts";
import { borrowSocketDirectory } from "./socket-directory.ts";
import { createStdio, type Stdio } from "./stdio.ts";

/** go-plugin's hosts wait two seconds after Shutdown before they kill. */
const endGraceMs = 1800;

/**
 * Serves a plugin until its host ends it, and then ends the process. Never returns to code that has more to do: a process
 * that serves a plugin does nothing else.
 */
export async function servePlugin(plugin: PluginModule, guestProgram: GuestProgram): Promise<never> {
  const handshake = plugin.handshake ?? defaultHandshake;
  const terms = takeTerms(handshake);
  if (terms.cookie !== handshake.cookieValue) {
    writeSync(
      2,
      "This binary is a plugin. These are not meant to be executed directly.\n" +
        "Please execute the program that consumes these plugins, which will load any plugins automatically\n" +
        `(the environment variable ${handshake.cookieKey} does not hold the expected cookie).\n`,
    );
    process.exit(1);
  }

  const ending = new AbortController();
  const ended = Promise.withResolvers<void>();
  const stdio = createStdio();
  const toRealStderr = captureWrites(process.stderr, (chunk) => stdio.write(StdioData_Channel.STDERR, chunk));
  const log = (entry: LogEntry) => toRealStderr(formatLogLine(entry));
  process.stderr.on("error", ignore);
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  // Ctrl-C reaches the whole group of a terminal; when to end is the host's business.
  process.on("SIGINT", ignore);
  process.on("SIGTERM", () => ended.resolve());

  const ownDirectory =
    terms.socketDirectory === undefined ? await mkdtemp(join(tmpdir(), `loopp-${process.pid}-`)) : undefined;
  const directory = borrowSocketDirectory(terms.socketDirectory ?? ownDirectory ?? tmpdir());
  if (ownDirectory !== undefined) process.on("exit", () => rmSync(ownDirectory, { recursive: true, force: true }));
  startParentWatch({ parent: terms.hostPid ?? process.ppid, socketDirectory: directory.path });

  const broker = createProcessBroker(directory, ending.signal, terms.maxMessageBytes, 0);
  const protocolVersion = chooseVersion(terms.hostVersions, handshake.protocolVersions);
  captureConsole(log);
  const guest = await guestProgram({
    plugin,
    config: takeConfig(terms),
    broker,
    protocolVersion,
    signal: ending.signal,
    ownProcess: true,
    log,
  }).catch(fail);

  const routes: Routes = (router) => {
    guest.routes(router);
    goPluginRoutes({ broker, stdio, over: ending.signal, end: () => ended.resolve() })(router);
  };
  const address = directory.nextSocket();
  const handler = createByteHandler(routes, terms.maxMessageBytes);
  await serveGrpc(handler, address, terms.maxMessageBytes).catch(fail);
  captureWrites(process.stdout, (chunk) => stdio.write(StdioData_Channel.STDOUT, chunk));
  writeSync(1, formatHandshakeLine({ protocolVersion, network: "unix", address }));

  await ended.promise;
  ending.abort(new ConnectError("the plugin is ending", Code.Unavailable));
  const disposed = await settleWithin(guest.dispose(), endGraceMs);
  if (disposed.error !== undefined) log(errorEntry("could not end in peace", disposed.error));
  // The servers are not closed but left: calls in flight end by the end of the process, whose exit their callers hear of.
  await settleWithin(directory.remove(), 100);
  process.exit(0);
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
    rmSync(configFile, { force: true });
  }
}

/** Ends the process over an error that nobody caught, at once and with its text, on every runtime alike. */
function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  // Not by the stream: what it has not written yet would be lost.
  writeSync(2, formatLogLine(errorEntry(message, error)));
  process.exit(1);
}

function errorEntry(message: string, error: unknown): LogEntry {
  const stack = error instanceof Error ? { stacktrace: error.stack } : {};
  return { level: "error", message, time: Date.now(), fields: stack, source: "log" };
}

function goPluginRoutes(place: { broker: ProcessBroker; stdio: Stdio; over: AbortSignal; end(): void }): Routes {
  return (router) => {
    router.service(GRPCBroker, {
      async *startStream(incoming, { signal }) {
        const reading = (async () => {
          for await (const info of incoming) place.broker.onConnInfo(info);
        })();
        reading.catch(ignore);
        yield* untilAborted(place.broker.outgoing, signal);
      },
    });
    router.service(GRPCController, {
      shutdown() {
        // The answer leaves before the server does.
        setTimeout(() => place.end(), 0);
        return {};
      },
    });
    router.service(GRPCStdio, {
      async *streamStdio(_, { signal }) {
        yield* untilAborted(place.stdio.stream(), signal);
      },
    });
  };
}
