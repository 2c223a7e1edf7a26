/** The plugin's place in a thread of its own: a port to the host, a console that goes there, and an end that the host hears of. */
import { threadId } from "node:worker_threads";
import { Code, ConnectError } from "@connectrpc/connect";
import { createByteHandler } from "../calls/answer.ts";
import { captureConsole, captureWrites, entriesOf } from "../console.ts";
import { checkCookie, type GuestProgramModule, loadPlugin, negotiateVersion } from "../guest.ts";
import { plainFields, textOf } from "../log.ts";
import { defaultHandshake, type LogEntry } from "../plugin.ts";
import { createWorkerBroker } from "./broker.ts";
import { brand, type FromGuest, type GuestTask, readFromHost } from "./control.ts";
import { createLink } from "./link.ts";

/** Runs a plugin for its whole life. Resolves when it has ended in peace. */
export async function runGuest(task: GuestTask): Promise<void> {
  const { port, maxMessageBytes } = task;
  const ending = new AbortController();
  const stopped = Promise.withResolvers<void>();
  const post = (message: FromGuest) => port.postMessage(brand(message));
  const log = (entry: LogEntry) => post({ type: "log", entry: { ...entry, fields: plainFields(entry.fields) } });

  const stdout = entriesOf("stdout", log);
  const stderr = entriesOf("stderr", log);
  const flush = () => {
    stdout.flush();
    stderr.flush();
  };
  captureConsole(log);
  captureWrites(process.stdout, stdout.write);
  captureWrites(process.stderr, stderr.write);
  reportEnds(post, flush);

  const link = createLink({
    side: "guest",
    maxMessageBytes,
    post: (chunk) => port.postMessage(chunk, [chunk.buffer]),
  });
  const broker = createWorkerBroker(link, ending.signal, maxMessageBytes, post);
  port.on("message", (message: unknown) => {
    if (message instanceof Uint8Array) return link.receive(message);
    const control = readFromHost(message);
    if (control?.type === "stop") stopped.resolve();
    else if (control !== undefined) broker.onAnnouncement(control);
  });

  let code: "launch-failed" | "handshake-failed" = "launch-failed";
  try {
    const plugin = await loadPlugin(task.plugin);
    const { guestProgram }: GuestProgramModule = await import(task.guestProgram);
    const handshake = plugin.handshake ?? defaultHandshake;
    code = "handshake-failed";
    checkCookie(task.handshake, handshake);
    const protocolVersion = negotiateVersion(task.handshake.protocolVersions, handshake.protocolVersions);
    code = "launch-failed";
    const guest = await guestProgram({
      plugin,
      config: task.config,
      broker,
      protocolVersion,
      signal: ending.signal,
      ownProcess: false,
      log,
    });
    link.serve(0, createByteHandler(guest.routes, maxMessageBytes));
    post({ type: "ready", threadId, protocolVersion });
    await stopped.promise;
    ending.abort(new ConnectError("the plugin is ending", Code.Unavailable));
    await guest.dispose().catch((error: unknown) => {
      const message = `could not end in peace: ${messageOf(error)}`;
      log({ level: "error", message, time: Date.now(), fields: {}, source: "log" });
    });
  } catch (error) {
    post({ type: "failed", code, message: messageOf(error) });
  } finally {
    ending.abort();
    flush();
    link.close(new ConnectError("the plugin has ended", Code.Unavailable));
    port.close();
  }
}

/** Runtimes differ in what a host hears of a thread that ends by itself, so the thread tells it first. */
function reportEnds(post: (message: FromGuest) => void, flush: () => void): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    flush();
    post({ type: "exiting", code: Number(code ?? process.exitCode ?? 0) });
    return exit(code);
  };
  const crash = (error: unknown) => {
    flush();
    post({ type: "crashed", message: textOf(error instanceof Error ? (error.stack ?? error.message) : error) });
    // The message has to leave before the thread does.
    setTimeout(() => exit(1), 0);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

function messageOf(error: unknown): string {
  return textOf(error instanceof Error ? error.message : error);
}
