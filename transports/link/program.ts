/**
 * The plugin's side at the other end of a channel: a console that goes to the host, a plugin that is set up when the host says
 * so, and an end that the host hears of. For places that the plugin has to itself, a thread or a process.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { errorText, stackText } from "../../src/values/error-text.ts";
import { answerBytes } from "../calls/answer.ts";
import { ignore } from "../calls/iterables.ts";
import { refusingBroker } from "../calls/refusing-broker.ts";
import { checkCookie, checkThreads, type GuestProgramModule, loadPlugin, negotiateVersion } from "../guest.ts";
import { captureConsole, captureWrites, entriesOf } from "../logs/console.ts";
import { defaultHandshake, type LogEntry } from "../plugin.ts";
import type { PluginFacts } from "../transport.ts";
import { createLinkBroker, type LinkBroker } from "./broker.ts";
import type { Channel } from "./channel.ts";
import { brand, type FromGuest, type GuestTask, readFromHost } from "./control.ts";
import { createLink, type Link } from "./link.ts";
import { createLogWindow } from "./log-window.ts";

/**
 * Waits for the host to begin, and runs the plugin. Resolves when it has shut down gracefully, or when the host has
 * gone; its thread or process is then ended by its owner.
 * @param facts what the host is told of where it runs: the id of a process or a thread
 * @param onReady called when the plugin is set up, before the host hears of it
 */
export async function serveOverLink(
  channel: Channel,
  facts: Omit<PluginFacts, "protocolVersion">,
  onReady: () => void = ignore,
): Promise<void> {
  const post = (message: FromGuest) => channel.post(brand(message));
  const lines = createLogWindow((entry) => post({ type: "log", entry }));
  const log = lines.add;
  const flushOutput = captureOutput(log);
  const flush = () => {
    flushOutput();
    lines.finish();
  };
  reportEnds(post, flush);

  const begun = Promise.withResolvers<Session | undefined>();
  const stopped = Promise.withResolvers<void>();
  let session: Session | undefined;
  channel.listen({
    onMessage(message) {
      if (message instanceof Uint8Array) return session?.link.receive(message);
      const control = readFromHost(message);
      if (control === undefined) return;
      switch (control.type) {
        case "begin":
          session ??= openSession(channel, control, post);
          return begun.resolve(session);
        case "stop":
          return stopped.resolve();
        case "logged":
          return lines.onTaken(control.count);
        default:
          return session?.broker.onAnnouncement(control);
      }
    },
    onClose() {
      begun.resolve(undefined);
      stopped.resolve();
    },
  });
  const opened = await begun.promise;
  if (opened !== undefined) await run(opened, { facts, onReady, stopped: stopped.promise, post, log });
  flush();
  await channel.close();
}

/** What begins with the host's word. */
interface Session {
  readonly task: GuestTask;
  readonly link: Link;
  readonly broker: LinkBroker;
  /** Aborts when the plugin is to end. */
  readonly ending: AbortController;
}

function openSession(channel: Channel, task: GuestTask, post: (message: FromGuest) => void): Session {
  const { maxMessageBytes } = task;
  const ending = new AbortController();
  const link = createLink({ side: "guest", maxMessageBytes, post: (chunk) => channel.post(chunk) });
  return { task, link, ending, broker: createLinkBroker(link, ending.signal, maxMessageBytes, post) };
}

interface Surroundings {
  readonly facts: Omit<PluginFacts, "protocolVersion">;
  onReady(): void;
  readonly stopped: Promise<void>;
  post(message: FromGuest): void;
  log(entry: LogEntry): void;
}

async function run({ task, link, broker, ending }: Session, { facts, onReady, stopped, post, log }: Surroundings) {
  let code: "launch-failed" | "handshake-failed" = "launch-failed";
  try {
    const plugin = await loadPlugin(task.plugin);
    const { guestProgram }: GuestProgramModule = await import(task.guestProgram);
    const handshake = plugin.handshake ?? defaultHandshake;
    checkThreads(plugin, task.threads);
    code = "handshake-failed";
    checkCookie(task.handshake, handshake);
    const protocolVersion = negotiateVersion(task.handshake.protocolVersions, handshake.protocolVersions);
    code = "launch-failed";
    const guest = await guestProgram({
      plugin,
      config: task.config,
      broker: task.threads > 1 ? refusingBroker(task.threads) : broker,
      protocolVersion,
      signal: ending.signal,
      ownProcess: facts.pid !== undefined,
      ownThread: facts.threadId !== undefined,
      log,
    });
    link.serve(0, answerBytes(guest.answer(), task.maxMessageBytes));
    onReady();
    post({ type: "ready", facts: { ...facts, protocolVersion } });
    await stopped;
    ending.abort(new ConnectError("the plugin is ending", Code.Unavailable));
    await guest.dispose().catch((error: unknown) => {
      const message = `did not shut down gracefully: ${errorText(error)}`;
      log({ level: "error", message, time: Date.now(), fields: {}, source: "log" });
    });
  } catch (error) {
    post({ type: "failed", code, message: errorText(error) });
  } finally {
    ending.abort();
    link.close(new ConnectError("the plugin has ended", Code.Unavailable));
  }
}

/** From now on, whatever is printed goes to `log`. Returns what hands on lines without an end. */
function captureOutput(log: (entry: LogEntry) => void): () => void {
  const stdout = entriesOf("stdout", log);
  const stderr = entriesOf("stderr", log);
  captureConsole(log);
  captureWrites(process.stdout, stdout.write);
  captureWrites(process.stderr, stderr.write);
  return () => {
    stdout.flush();
    stderr.flush();
  };
}

/** Runtimes differ in what a host hears of a thread or process that ends by itself, so it is told before. */
function reportEnds(post: (message: FromGuest) => void, flush: () => void): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    flush();
    post({ type: "exiting", code: Number(code ?? process.exitCode ?? 0) });
    return exit(code);
  };
  const crash = (error: unknown) => {
    flush();
    post({ type: "crashed", message: stackText(error) });
    // The message has to leave before the thread or process ends.
    setTimeout(() => exit(1), 0);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}
