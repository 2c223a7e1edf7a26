/** From the address of a running plugin to an instance that can be called, no matter who has started the plugin. */
import { existsSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, type Transport } from "@connectrpc/connect";
import { GRPCBroker, GRPCController, GRPCStdio, StdioData_Channel } from "../../proto/gen/goplugin/goplugin_pb.ts";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { defined } from "../../src/values/defined.ts";
import { errorText } from "../../src/values/error-text.ts";
import { createClient } from "../calls/client.ts";
import { asConnectError } from "../calls/connect-error.ts";
import { createConnection, overBytes } from "../calls/connection.ts";
import { endedEarly } from "../calls/errors.ts";
import { createInstanceEnd } from "../calls/instance-end.ts";
import { ignore } from "../calls/iterables.ts";
import { entriesOf, type OutputReader } from "../logs/console.ts";
import { createStderrTail, type StderrTail } from "../logs/stderr-tail.ts";
import type { LogEntry } from "../plugin.ts";
import { settleWithin } from "../time/settle.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  type Launch,
  LaunchError,
  type PluginExit,
  type PluginInstance,
} from "../transport.ts";
import { createProcessBroker, type ProcessBroker } from "./broker.ts";
import { defaultGrpcTerms, type GrpcTerms, loadGrpc } from "./grpc.ts";
import type { HandshakeLine } from "./handshake-line.ts";
import { createPace } from "./pace.ts";
import { createSocketDirectory, removeDirectory, type SocketDirectory } from "./socket-directory.ts";
import { dial } from "./sockets.ts";

/** What is known of a plugin's program beside where it listens. */
export interface Program {
  readonly pid?: number;
  /** For the sockets of both sides. Removed when the program has ended. */
  readonly directory: SocketDirectory;
  readonly stderr: StderrTail;
  /** How it ended: settles when its last lines have been read. Never rejects. */
  readonly exited: Promise<Omit<PluginExit, "lastStderr">>;
  kill(): void;
  /** Called when the connection broke, where nothing else tells of the program's end. */
  onLost?(message: string): void;
}

/**
 * How long a call on the main connection waits, once that broke, to hear how the plugin ended. On a busy machine the exit
 * may be seen late, and a plugin that runs on without its connection is rare.
 */
const exitGraceMs = 3000;
/** The same for brokered connections, which may well end before the plugin does. */
const brokeredGraceMs = 500;
/** How long go-plugin's own services may take at the start. */
const firstAnswerMs = 5000;

/** What of a launch still matters for a plugin that is already running. */
export type Attachment = Pick<Launch, "name" | "generation" | "signal" | "maxMessageBytes" | "onLog"> &
  /** As among the options of the process transport. */
  Partial<Pick<GrpcTerms, "stack" | "maxMetadataBytes">>;

/**
 * Makes an instance of a plugin that is already running: one that an orchestrator has started, one under a debugger, or one that an
 * earlier host has left. The instance ends when the connection does. `stop` asks the plugin to end. Nothing is killed: `kill`, and a
 * `stop` that takes too long, hang up and leave the plugin running.
 * @param at where it listens, as its handshake line says
 * @throws LaunchError when it cannot be reached
 */
export async function attachPlugin(at: HandshakeLine, launch: Attachment): Promise<PluginInstance> {
  return attach(at, launch, await foreignProgram());
}

/** The same for a program of which more is known. @throws LaunchError; the program is then killed */
export async function attach(at: HandshakeLine, launch: Attachment, program: Program): Promise<PluginInstance> {
  const { signal, maxMessageBytes = defaultMaxMessageBytes } = launch;
  const { stack = defaultGrpcTerms.stack, maxMetadataBytes = defaultGrpcTerms.maxMetadataBytes } = launch;
  const { directory, stderr } = program;
  const grpc = await loadGrpc({ stack, maxMessageBytes, maxMetadataBytes });
  const instanceEnd = createInstanceEnd(launch.name, launch.generation);
  const log = (entry: LogEntry) => {
    stderr.note(entry);
    launch.onLog(entry);
  };
  const output = { stdout: entriesOf("stdout", log), stderr: entriesOf("stderr", log) };

  /** Why the host ends the plugin, set before it ends. */
  let decided: Partial<PluginExit> = {};
  const broker = createProcessBroker(directory, instanceEnd.ended, grpc, brokeredGraceMs);
  const gone = program.exited.then(async ({ message, ...seen }) => {
    await broker.close();
    await removeDirectory(directory, log);
    output.stdout.flush();
    output.stderr.flush();
    const unasked = decided.reason === undefined ? defined({ message }) : {};
    instanceEnd.end({ ...seen, ...unasked, lastStderr: stderr.lines(), ...decided });
  });
  const kill = (reason: ExitReason = "killed") => {
    if (decided.reason === undefined || decided.reason === "clean") decided = { reason };
    program.kill();
  };

  let up = false;
  const grace = {
    signal: instanceEnd.ended,
    // There is no point in waiting for a plugin that cannot be reached at the start.
    get ms() {
      return up ? exitGraceMs : brokeredGraceMs;
    },
  };
  const client = grpc.connect(() => dial(at), { grace, onLost });
  instanceEnd.ended.addEventListener("abort", () => client.close(), { once: true });
  const connection = createConnection(overBytes(client.bytes, maxMessageBytes), instanceEnd.ended, async () => kill());
  const { transport } = connection;

  /**
   * Calls could go over a new connection, but go-plugin's broker is lost for good with the one that it was opened on. An instance
   * without a broker is worse than none.
   */
  async function onLost({ message }: Error): Promise<void> {
    const broken = `the connection to the plugin broke: ${message}`;
    if (up && program.onLost !== undefined) return program.onLost(broken);
    // Mostly because the plugin has ended or is ending, which is reported by its exit.
    const ended = await settleWithin(gone, exitGraceMs / 2);
    if (ended.settled || decided.reason !== undefined || !up) return;
    decided = { reason: "protocol-error", message: broken };
    program.kill();
  }

  void followBroker(transport, broker);
  void followStdio(transport, output);
  await createClient(Health, transport)
    .check({ service: "plugin" }, { timeoutMs: firstAnswerMs, signal })
    .catch(async (cause: unknown) => {
      // A plugin without a health service is still a plugin; one that cannot be reached is not.
      const { code, rawMessage } = asConnectError(cause);
      if (code === Code.Unimplemented || code === Code.NotFound) return;
      // A connection that breaks at the start is mostly that of a plugin which is ending: its exit says more than a kill would.
      if (code === Code.Unavailable && program.onLost === undefined) await settleWithin(gone, exitGraceMs / 2);
      const ended = instanceEnd.ended.aborted;
      kill();
      await gone;
      const exit = { ...(await program.exited), lastStderr: stderr.lines() };
      // With a code, it ended by itself, and its exit was only seen late.
      if (ended || exit.code !== undefined) throw endedEarly(exit);
      const message = `Cannot reach the plugin on ${at.address}: ${rawMessage}`;
      const failed = signal.aborted ? "launch-failed" : "handshake-failed";
      throw new LaunchError(failed, message, { cause, lastStderr: exit.lastStderr });
    });

  /** A directory that has gone does not come back: only another instance has a broker that works. */
  async function fault(): Promise<string | undefined> {
    const message = await broker.fault();
    if (message !== undefined && !existsSync(directory.path) && decided.reason === undefined) {
      decided = { reason: "protocol-error", message: `${directory.path} was removed: ${message}` };
      program.kill();
    }
    return message;
  }

  up = true;
  return {
    ...connection,
    broker,
    facts: { ...defined({ pid: program.pid }), protocolVersion: at.protocolVersion },
    ended: instanceEnd.ended,
    exited: instanceEnd.exited,
    fault,
    async stop({ graceMs, reason = "clean" }) {
      if (decided.reason === undefined) decided = { reason };
      // The plugin stops its server while it answers, so the answer says nothing; its exit does.
      createClient(GRPCController, transport)
        .shutdown({}, { timeoutMs: Math.max(1, graceMs) })
        .catch(ignore);
      const stopped = await settleWithin(instanceEnd.exited, graceMs);
      if (!stopped.settled) {
        if (reason === "clean") decided = { reason: "killed" };
        program.kill();
      }
      return instanceEnd.exited;
    },
    kill,
  };
}

/** Of a program that this host has not started, only the connection is known. @throws LaunchError */
async function foreignProgram(): Promise<Program> {
  const exited = Promise.withResolvers<Omit<PluginExit, "lastStderr">>();
  const directory = await createSocketDirectory().catch((cause: unknown) => {
    throw new LaunchError("launch-failed", `Cannot prepare the sockets for the plugin: ${errorText(cause)}`, { cause });
  });
  return {
    directory,
    stderr: createStderrTail(),
    exited: exited.promise,
    kill: () => exited.resolve({ reason: "killed" }),
    onLost: (message) => exited.resolve({ reason: "crashed", message }),
  };
}

async function followBroker(transport: Transport, broker: ProcessBroker): Promise<void> {
  try {
    const incoming = createClient(GRPCBroker, transport).startStream(broker.announcements());
    for await (const info of incoming) broker.onConnInfo(info);
  } catch {
    // Ends with the plugin, or was never offered: dials then fail by their own time limit.
  }
}

async function followStdio(
  transport: Transport,
  output: { readonly stdout: OutputReader; readonly stderr: OutputReader },
): Promise<void> {
  const pace = createPace();
  try {
    for await (const { channel, data } of createClient(GRPCStdio, transport).streamStdio(create(EmptySchema))) {
      await pace.take(data.length, () => {
        if (channel === StdioData_Channel.STDOUT) output.stdout.write(data);
        else if (channel === StdioData_Channel.STDERR) output.stderr.write(data);
      });
    }
  } catch {
    // Ends with the plugin, or is not offered by an old one.
  }
}
