/** The process transport: go-plugin's host side. Launches any plugin of its gRPC protocol, in any language. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { GRPCBroker, GRPCController, GRPCStdio, StdioData_Channel } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { errorText } from "../../src/values/error-text.ts";
import { sendBytes } from "../calls/answer.ts";
import { createClient } from "../calls/client.ts";
import { describeExit, textWithoutCode } from "../calls/errors.ts";
import { createConnection, createInstanceEnd } from "../calls/instance-end.ts";
import { ignore, untilAbortedOnce } from "../calls/iterables.ts";
import { connectGrpc } from "../grpc/client.ts";
import { entriesOf } from "../logs/console.ts";
import { createStderrTail } from "../logs/stderr-tail.ts";
import type { LogEntry } from "../plugin.ts";
import { settleWithin } from "../time/settle.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  type Launch,
  LaunchError,
  type PluginExit,
  type PluginInstance,
  type PluginTransport,
} from "../transport.ts";
import { createProcessBroker } from "./broker.ts";
import { verifyChecksum } from "./checksum.ts";
import { type ChildExit, startChild } from "./child.ts";
import { ownEnvironment, writeTerms } from "./environment.ts";
import { looksLikeHandshake, parseHandshakeLine } from "./handshake-line.ts";
import { createLogReader } from "./log-lines.ts";
import { type ProcessSpec, processOptions } from "./options.ts";
import { createPace } from "./pace.ts";
import { createSocketDirectory, type SocketDirectory } from "./socket-directory.ts";
import { type Address, dial } from "./sockets.ts";

export function createProcessTransport(): PluginTransport<ProcessSpec> {
  return {
    kind: "process",
    capabilities: {
      boundary: "process",
      preemptible: true,
      memoryLimit: true,
      crossLanguage: true,
      capturesConsole: true,
    },
    options: processOptions,
    launch,
  };
}

/**
 * How long a call on the main connection waits, once that broke, to hear how the plugin ended. On a busy machine the word of an exit
 * may come late, and a plugin that lives without its connection is rare.
 */
const exitGraceMs = 3000;
/** The same for brokered connections, which may well end before the plugin does. */
const brokeredGraceMs = 500;
/** How long go-plugin's own services may take at the start. */
const firstAnswerMs = 5000;

async function launch(spec: ProcessSpec, launch: Launch): Promise<PluginInstance> {
  const maxMessageBytes = launch.maxMessageBytes ?? defaultMaxMessageBytes;
  const environment = ownEnvironment(spec);
  if (spec.checksum !== undefined) {
    await verifyChecksum(spec.command, { path: environment.PATH, cwd: spec.cwd ?? process.cwd() }, spec.checksum);
  }
  const { directory, configFile } = await prepare(launch.config);
  const instanceEnd = createInstanceEnd(launch.name, launch.generation);
  const stderr = createStderrTail();
  const line = Promise.withResolvers<string>();
  line.promise.catch(ignore);

  /** What the host decided of the end before it came. */
  let foretold: Partial<PluginExit> = {};
  const log = (entry: LogEntry) => {
    stderr.note(entry);
    launch.onLog(entry);
  };
  const readStderrLine = createLogReader();
  const output = { stdout: entriesOf("stdout", log), stderr: entriesOf("stderr", log) };

  const { command, args } = commandOf(spec, launch.guestProgram);
  const program = spec.cwd === undefined ? `"${command}"` : `"${command}" in "${spec.cwd}"`;
  let handshaken = false;
  let outOfMemory = false;
  const child = startChild({
    command,
    args,
    env: {
      ...environment,
      ...writeTerms({ handshake: launch.handshake, socketDirectory: directory.path, configFile, maxMessageBytes }),
    },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    guarded: spec.module === undefined,
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
      void settleWithin(gone, brokeredGraceMs).then(() => {
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
  const endOf = (exit: ChildExit): PluginExit => ({ ...describe(exit, outOfMemory), lastStderr: stderr.lines() });
  const gone = child.exited.then(async (exit) => {
    await broker.close();
    await directory.remove().catch((cause: unknown) => {
      const message = `cannot remove ${directory.path}: ${errorText(cause)}`;
      log({ level: "warn", message, time: Date.now(), fields: {}, source: "host" });
    });
    output.stdout.flush();
    output.stderr.flush();
    instanceEnd.end({ ...endOf(exit), ...foretold });
    line.reject(failedStart(exit, program, endOf(exit)));
    return exit;
  });

  const broker = createProcessBroker(directory, instanceEnd.ended, maxMessageBytes, brokeredGraceMs);
  const kill = (reason: ExitReason = "killed") => {
    if (foretold.reason === undefined || foretold.reason === "clean") foretold = { reason };
    child.kill();
  };
  const giveUp = async (error: unknown): Promise<never> => {
    kill();
    await gone;
    throw error;
  };

  let address: Address & { protocolVersion: number };
  try {
    address = parseHandshakeLine(
      await untilAbortedOnce(line.promise, launch.signal),
      launch.handshake.protocolVersions,
    );
  } catch (cause) {
    if (cause instanceof LaunchError) return giveUp(cause);
    const code = launch.signal.aborted ? "launch-failed" : "handshake-failed";
    return giveUp(new LaunchError(code, textWithoutCode(cause), { cause, lastStderr: stderr.lines() }));
  }

  let up = false;
  const grace = {
    signal: instanceEnd.ended,
    // A plugin that cannot be reached at the start is not worth waiting for.
    get ms() {
      return up ? exitGraceMs : brokeredGraceMs;
    },
  };
  const grpc = connectGrpc(() => dial(address), { maxMessageBytes, grace, onLost });
  instanceEnd.ended.addEventListener("abort", () => grpc.close(), { once: true });
  const connection = createConnection(
    { bytes: grpc.bytes, send: sendBytes(grpc.bytes, maxMessageBytes) },
    instanceEnd.ended,
    async () => kill(),
  );
  const { transport } = connection;

  void followBroker();
  void followStdio();
  await createClient(Health, transport)
    .check({ service: "plugin" }, { timeoutMs: firstAnswerMs, signal: launch.signal })
    .catch(async (cause: unknown) => {
      // A plugin without a health service is still a plugin; one that nobody can reach is not.
      const { code, rawMessage } = ConnectError.from(cause);
      if (code === Code.Unimplemented || code === Code.NotFound) return;
      // A connection that breaks at the start is mostly that of a plugin which is ending: its exit says more than a kill would.
      if (code === Code.Unavailable) await settleWithin(gone, exitGraceMs / 2);
      const ended = instanceEnd.ended.aborted;
      kill();
      const exit = await gone;
      // With a code, it ended by its own doing, only that the word of it came late.
      if (ended || exit.code !== undefined) throw failedStart(exit, program, endOf(exit));
      const message = `Cannot reach the plugin on ${address.address}: ${rawMessage}`;
      const failed = launch.signal.aborted ? "launch-failed" : "handshake-failed";
      throw new LaunchError(failed, message, { cause, lastStderr: stderr.lines() });
    });

  /**
   * Calls could go over a new connection, but go-plugin's broker is gone for good with the one that it was opened on. A life
   * in which only that does not work any more is worse than none.
   */
  async function onLost({ message }: Error): Promise<void> {
    // Mostly because the plugin has ended or is ending, and that is another matter.
    const ended = await settleWithin(gone, exitGraceMs / 2);
    if (ended.settled || foretold.reason !== undefined || !up) return;
    foretold = { reason: "protocol-error", message: `the connection to the plugin broke: ${message}` };
    child.kill();
  }

  async function followBroker(): Promise<void> {
    try {
      const incoming = createClient(GRPCBroker, transport).startStream(broker.outgoing);
      for await (const info of incoming) broker.onConnInfo(info);
    } catch {
      // Ends with the plugin, or was never there: dials then fail in their own time.
    }
  }

  async function followStdio(): Promise<void> {
    const pace = createPace();
    try {
      for await (const { channel, data } of createClient(GRPCStdio, transport).streamStdio(create(EmptySchema))) {
        if (channel === StdioData_Channel.STDOUT) output.stdout.write(data);
        else if (channel === StdioData_Channel.STDERR) output.stderr.write(data);
        await pace.take(data.length);
      }
    } catch {
      // Ends with the plugin, or is not offered by an old one.
    }
  }

  up = true;
  return {
    ...connection,
    broker,
    facts: { ...(child.pid === undefined ? {} : { pid: child.pid }), protocolVersion: address.protocolVersion },
    ended: instanceEnd.ended,
    exited: instanceEnd.exited,
    async stop({ graceMs, reason = "clean" }) {
      if (foretold.reason === undefined) foretold = { reason };
      // The plugin stops its server while it answers, so the answer says nothing; its exit does.
      createClient(GRPCController, transport)
        .shutdown({}, { timeoutMs: Math.max(1, graceMs) })
        .catch(ignore);
      const stopped = await settleWithin(instanceEnd.exited, graceMs);
      if (!stopped.settled) {
        if (reason === "clean") foretold = { reason: "killed" };
        child.kill();
      }
      return instanceEnd.exited;
    },
    kill,
  };
}

/** What must be there before the plugin is. @throws LaunchError */
async function prepare(config: unknown): Promise<{ directory: SocketDirectory; configFile: string | undefined }> {
  let directory: SocketDirectory | undefined;
  try {
    const json = config === undefined ? undefined : JSON.stringify(config);
    directory = await createSocketDirectory();
    if (json === undefined) return { directory, configFile: undefined };
    const configFile = join(directory.path, "config.json");
    await writeFile(configFile, json, { mode: 0o600 });
    return { directory, configFile };
  } catch (cause) {
    await directory?.remove().catch(ignore);
    throw new LaunchError("launch-failed", `Cannot prepare the plugin's config and sockets: ${errorText(cause)}`, {
      cause,
    });
  }
}

function commandOf(spec: ProcessSpec, guestProgram: URL): { command: string; args: readonly string[] } {
  if (spec.module === undefined) return { command: spec.command, args: spec.args };
  const entry = fileURLToPath(new URL("./entry.ts", import.meta.url));
  return { command: spec.command, args: [...spec.args, entry, guestProgram.href, spec.module.href] };
}

function describe(exit: ChildExit, outOfMemory: boolean): Omit<PluginExit, "lastStderr"> {
  return {
    reason: outOfMemory ? "out-of-memory" : "crashed",
    ...(exit.code === undefined ? {} : { code: exit.code }),
    ...(exit.signal === undefined ? {} : { signal: exit.signal }),
    ...(exit.error === undefined ? {} : { message: exit.error.message }),
  };
}

/** What to say of a child that ended before its handshake. */
function failedStart(exit: ChildExit, program: string, ended: PluginExit): LaunchError {
  const { lastStderr } = ended;
  if (exit.error !== undefined) {
    return new LaunchError("launch-failed", `Cannot start ${program}: ${exit.error.message}`, { cause: exit.error });
  }
  if (lastStderr.some((text) => text.includes("This binary is a plugin"))) {
    return new LaunchError(
      "handshake-failed",
      "Cannot use the plugin: it does not accept the host's handshake cookie",
      { lastStderr },
    );
  }
  const how = describeExit(ended);
  const last = lastStderr.at(-1);
  return new LaunchError(
    "launch-failed",
    `The plugin ended before it was ready: ${how}${last === undefined ? "" : `: ${last}`}`,
    { lastStderr },
  );
}
