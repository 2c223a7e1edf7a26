/**
 * The worker transport: one thread for each life, held by a Piscina pool of exactly one. The pool is given up with the first
 * exit, because it would start a thread that nobody owns.
 */
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { sendBytes } from "../calls/answer.ts";
import { abortReason, ignore } from "../calls/iterables.ts";
import { createConnection, createLifeline } from "../calls/life.ts";
import { settleWithin } from "../calls/time.ts";
import { checkOptions, numberFrom } from "../options.ts";
import { runtimeName } from "../platform.ts";
import { createStderrTail } from "../stderr-tail.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  LaunchError,
  type Life,
  type PluginExit,
  type PluginInstance,
  type PluginTransport,
} from "../transport.ts";
import { createWorkerBroker } from "./broker.ts";
import { brand, type FromGuest, type FromHost, type GuestTask, readFromGuest } from "./control.ts";
import { createLink } from "./link.ts";

export interface WorkerOptions {
  /**
   * Heap of the plugin, in MiB; more ends it with "out-of-memory". Bun ignores it (see the transport's capabilities).
   * @default the runtime's own limit
   */
  readonly memoryLimitMb?: number;
}

export interface WorkerSpec extends WorkerOptions {
  readonly module: URL;
}

export function createWorkerTransport(): PluginTransport<WorkerSpec> {
  return {
    kind: "worker",
    capabilities: {
      boundary: "thread",
      preemptible: true,
      memoryLimit: runtimeName !== "bun",
      crossLanguage: false,
      capturesConsole: true,
    },
    parse(source, options, path) {
      if (!(source instanceof URL)) throw new TypeError(`${path}: a worker plugin needs the URL of a \`module\``);
      return { module: source, ...checkOptions(options, path, { memoryLimitMb: numberFrom(8) }) };
    },
    launch,
  };
}

async function launch(spec: WorkerSpec, life: Life): Promise<PluginInstance> {
  const maxMessageBytes = life.maxMessageBytes ?? defaultMaxMessageBytes;
  const lifeline = createLifeline(life.name, life.generation);
  const stderr = createStderrTail();
  const { port1: port, port2: guestPort } = new MessageChannel();
  const ready = Promise.withResolvers<{ threadId: number; protocolVersion: number }>();
  ready.promise.catch(ignore);

  /** What the host or the guest said of the end before it came. */
  let foretold: Partial<PluginExit> = {};
  const foretell = (exit: Partial<PluginExit>) => {
    if (foretold.reason === undefined) foretold = exit;
  };

  const post = (message: FromHost) => port.postMessage(brand(message));
  const link = createLink({ side: "host", maxMessageBytes, post: (chunk) => port.postMessage(chunk, [chunk.buffer]) });
  const broker = createWorkerBroker(link, lifeline.over, maxMessageBytes, post);
  port.on("message", (message: unknown) => {
    try {
      if (message instanceof Uint8Array) return link.receive(message);
      const control = readFromGuest(message);
      if (control !== undefined) onControl(control);
    } catch (error) {
      foretell({ reason: "protocol-error", message: messageOf(error) });
      kill();
    }
  });

  function onControl(message: FromGuest): void {
    switch (message.type) {
      case "ready":
        return ready.resolve(message);
      case "failed":
        return ready.reject(new LaunchError(message.code, message.message, { lastStderr: stderr.lines() }));
      case "log":
        stderr.note(message.entry);
        return life.onLog(message.entry);
      case "crashed":
        stderr.add(message.message);
        return foretell({ reason: "crashed", message: firstLine(message.message) });
      case "exiting":
        return foretell({ reason: "crashed", code: message.code });
      default:
        return broker.onAnnouncement(message);
    }
  }

  const pool = new Piscina({
    filename: new URL("./entry.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    atomics: "disabled",
    idleTimeout: Number.POSITIVE_INFINITY,
    ...(spec.memoryLimitMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: spec.memoryLimitMb } }),
  });
  pool.on("error", ignore);
  const task: GuestTask = {
    port: guestPort,
    plugin: spec.module.href,
    guestProgram: life.guestProgram.href,
    config: life.config,
    handshake: life.handshake,
    maxMessageBytes,
  };
  const ran: Promise<void> = pool.run(task, { name: "runGuest", transferList: [guestPort] });
  ran.then(
    () => over({ reason: "clean" }),
    (error: unknown) => over(exitOf(error)),
  );

  let overing: Promise<void> | undefined;
  /** The thread is gone or must go: takes everything of it away, then says that the life is over. */
  function over(observed: Partial<PluginExit>): Promise<void> {
    overing ??= (async () => {
      await settleWithin(pool.destroy(), 5000);
      port.close();
      const exit: PluginExit = { reason: "crashed", lastStderr: stderr.lines(), ...observed, ...foretold };
      lifeline.end(exit);
      link.close(abortReason(lifeline.over));
      ready.reject(
        new LaunchError("launch-failed", exit.message ?? `the thread ended before it was ready: ${exit.reason}`, {
          lastStderr: exit.lastStderr,
        }),
      );
    })();
    return overing;
  }

  function kill(reason: ExitReason = "killed"): void {
    foretell({ reason });
    void over({});
  }

  const onAbort = () => {
    ready.reject(new LaunchError("launch-failed", abortReason(life.signal).rawMessage, { lastStderr: stderr.lines() }));
  };
  if (life.signal.aborted) onAbort();
  else life.signal.addEventListener("abort", onAbort, { once: true });
  let facts: { threadId: number; protocolVersion: number };
  try {
    const { threadId, protocolVersion } = await ready.promise;
    facts = { threadId, protocolVersion };
  } catch (error) {
    kill();
    await overing;
    throw error;
  } finally {
    life.signal.removeEventListener("abort", onAbort);
  }

  const bytes = link.handler(0);
  return {
    ...createConnection({ bytes, send: sendBytes(bytes, maxMessageBytes) }, lifeline.over, async () => kill()),
    broker,
    facts,
    exited: lifeline.exited,
    async stop({ graceMs, reason }) {
      if (reason !== undefined) foretell({ reason });
      post({ type: "stop" });
      const stopped = await settleWithin(lifeline.exited, graceMs);
      if (!stopped.settled) kill();
      return lifeline.exited;
    },
    kill,
  };
}

/** Piscina tells of a thread's end by the error of its task. */
function exitOf(error: unknown): Partial<PluginExit> {
  const message = messageOf(error);
  if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { reason: "out-of-memory", message };
  }
  const code = /^worker exited with code: (\d+)$/.exec(message)?.[1];
  return code === undefined
    ? { reason: "crashed", message: firstLine(message) }
    : { reason: "crashed", code: Number(code) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
