/** The plugin's side in a process of its own: go-plugin's server. Any go-plugin host can launch what this serves. */
import { readFileSync, writeSync } from "node:fs";
import { Code, ConnectError } from "@connectrpc/connect";
import { GRPCBroker, GRPCController, GRPCStdio } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { answerBytes } from "../calls/answer.ts";
import { ignore, untilAborted } from "../calls/iterables.ts";
import type { Routes } from "../connection.ts";
import { type GuestProgram, negotiateVersion } from "../guest.ts";
import { defaultHandshake, type PluginModule } from "../plugin.ts";
import { longestTimerMs } from "../time/clock.ts";
import { settleWithin } from "../time/settle.ts";
import { createProcessBroker, type ProcessBroker } from "./broker.ts";
import { closeStdout } from "./close-stdout.ts";
import { type PluginTerms, takeTerms } from "./environment.ts";
import { loadGrpc } from "./grpc.ts";
import { formatHandshakeLine } from "./handshake-line.ts";
import { removeFile } from "./own-directory.ts";
import { errorEntry, fail, prepareProcess, writeStderr } from "./prepare.ts";
import { borrowSocketDirectory, createSocketDirectory, type SocketDirectory } from "./socket-directory.ts";
import { serveOnSocket } from "./sockets.ts";
import type { Stdio } from "./stdio.ts";

/** go-plugin's hosts wait two seconds after Shutdown before they kill. A host of ours kills when its own grace is over. */
const endGraceMs = { goPlugin: 1800, ours: Number.POSITIVE_INFINITY };

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
  const grpc = await loadGrpc(terms);
  const broker = createProcessBroker(directory, ending.signal, grpc, 0);
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
  const address = directory.nextSocket();
  const handler = answerBytes(guest.answer(own), grpc.maxMessageBytes);
  const server = await serveOnSocket(address, handler, grpc).catch(fail);
  await settleWithin(watched, watchStartMs);
  clearInterval(alive);
  serving = true;
  offerOutput();
  writeSync(1, formatHandshakeLine({ protocolVersion, network: "unix", address }));

  await ended.promise;
  closeStdout();
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
