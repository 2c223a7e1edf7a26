/** The runtime: plugins by name, each with its supervisor, stopped together. */
import type { DescService } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { check } from "../../transports/options/check.ts";
import { anything, expected, flag, listOf, object, recordOf } from "../../transports/options/schema.ts";
import type { LogEntry } from "../../transports/plugin.ts";
import { type Clock, systemClock } from "../../transports/time/clock.ts";
import { isPluginTransport, type PluginTransport } from "../../transports/transport.ts";
import { isRecord } from "../values/record.ts";
import { builtInTransports } from "./built-in-transports.ts";
import { createFaultInjector } from "./faults.ts";
import { type PluginLogLine, printLog } from "./log.ts";
import { type CallObserver, observeCalls } from "./observed-calls.ts";
import type { PluginOptions } from "./options.ts";
import { type ClientOptions, createPluginHandle, type PluginHandle } from "./plugin-handle.ts";
import { type PluginSpec, parsePlugin } from "./plugin-spec.ts";
import type { StateChange } from "./states.ts";
import { createSupervisor, type Supervisor } from "./supervisor.ts";

export interface RuntimeOptions {
  readonly plugins?: Readonly<Record<string, PluginOptions>>;
  /** Custom transports, beside in-process, worker and process; one of the same kind replaces the built-in one. */
  readonly transports?: readonly PluginTransport[];
  /** Whether plugins start with the runtime. @default true */
  readonly autoStart?: boolean;
  /** Receives the plugins' log lines. @default standard error, from level "info" on */
  readonly onLog?: (line: PluginLogLine) => void;
  /** Called at every change of a plugin's state. What it throws is logged. */
  readonly onState?: (change: StateChange) => void;
  /**
   * Called once for every call that the host makes, including those through resources, on brokered connections, and those that
   * find no instance. The function that it returns is called once when the call ends, with the error if it ended in one.
   * Made for metrics: it cannot change a call, and must not throw.
   */
  readonly onCall?: CallObserver;
  /**
   * The clock of the supervision: back-off, how long an instance has run, the time for a start and for a drain, health intervals,
   * and `since`. Deadlines of calls and the grace period of a stop use real time. A clock without `elapsed` has the machine's.
   * @default the machine's
   */
  readonly clock?: Pick<Clock, "now" | "after"> & Partial<Clock>;
}

export interface Runtime extends AsyncDisposable {
  readonly plugins: ReadonlyMap<string, PluginHandle>;
  /** @throws RangeError when there is no plugin of that name */
  plugin(name: string): PluginHandle;
  /** Short for `plugin(name).client(service)`. */
  client<Service extends DescService>(name: string, service: Service, options?: ClientOptions): Client<Service>;
  /**
   * Adds a plugin, and starts it unless `autoStart` is false.
   * @throws TypeError for wrong options, RangeError for a name that is taken, LaunchError unless its `onBootFailure` is "continue"
   */
  add(name: string, options: PluginOptions): Promise<PluginHandle>;
  /** Stops a plugin and forgets it. It cannot be started again. */
  remove(name: string): Promise<void>;
  /**
   * Starts every plugin that does not run, and waits until each of them has started or failed to. One that is stopped meanwhile, or whose
   * `onBootFailure` is "continue", fails nothing.
   * @throws LaunchError of the first of the others that does not start; the rest are left as they are
   */
  start(): Promise<void>;
  /** Stops every plugin, for good. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the plugins, unless `autoStart` is false, and resolves when all of them are ready, or have failed to start and may.
 * @throws TypeError at once for wrong options, naming their path
 * @throws LaunchError for a plugin that does not start, unless its `onBootFailure` is "continue"; the others are stopped again
 */
export function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const given = check(runtimeOptions, options, "options");
  const transports = new Map<string, PluginTransport>();
  for (const transport of [...builtInTransports, ...(given.transports ?? [])])
    transports.set(transport.kind, transport);
  const specs = Object.entries(given.plugins ?? {}).map(([name, plugin]) => parsePlugin(name, plugin, transports));
  return startRuntime(specs, transports, options);
}

interface Supervised {
  readonly spec: PluginSpec;
  readonly supervisor: Supervisor;
}

async function startRuntime(
  specs: readonly PluginSpec[],
  transports: ReadonlyMap<string, PluginTransport>,
  { autoStart = true, onLog = printLog, onState = () => {}, onCall, clock: given = systemClock }: RuntimeOptions,
): Promise<Runtime> {
  const clock: Clock = {
    now: () => given.now(),
    elapsed: () => given.elapsed?.() ?? systemClock.elapsed(),
    after: (...timer) => given.after(...timer),
  };
  const guestProgram = new URL("../guest/program.ts", import.meta.url);
  const supervised = new Map<string, Supervised>();
  const plugins = new Map<string, PluginHandle>();
  let closed: Promise<void> | undefined;

  function supervise(spec: PluginSpec): PluginHandle {
    const log = (entry: LogEntry, generation: number) => onLog({ ...entry, plugin: spec.name, generation });
    const faults = createFaultInjector(spec.name, spec.faults, (message, generation) =>
      log({ level: "warn", message, time: Date.now(), fields: {}, source: "host" }, generation),
    );
    const observation = onCall === undefined ? undefined : observeCalls(spec.name, onCall);
    const supervisor = createSupervisor({
      spec,
      guestProgram,
      clock,
      decorationOf: (instance) => (carrier, ended) => {
        const faulty = faults.over(carrier, instance, ended);
        return observation === undefined ? faulty : observation.over(faulty);
      },
      onState,
      onLog: log,
    });
    const handle = createPluginHandle(spec, supervisor, faults, observation);
    supervised.set(spec.name, { spec, supervisor });
    plugins.set(spec.name, handle);
    return handle;
  }

  function find(name: string): PluginHandle {
    const handle = plugins.get(name);
    if (handle === undefined) {
      throw new RangeError(
        `There is no plugin "${name}"; there are ${[...plugins.keys()].sort().join(", ") || "none"}`,
      );
    }
    return handle;
  }

  function forget(name: string): Supervisor | undefined {
    const forgotten = supervised.get(name)?.supervisor;
    supervised.delete(name);
    plugins.delete(name);
    return forgotten;
  }

  async function close(): Promise<void> {
    closed ??= Promise.all(
      [...supervised.values()].map(({ supervisor }) => supervisor.close("the runtime is closed")),
    ).then(() => {});
    return closed;
  }

  async function boot({ spec, supervisor }: Supervised): Promise<void> {
    try {
      await supervisor.start();
    } catch (error) {
      const isFatal = spec.onBootFailure === "fail" && supervisor.state === "failed";
      if (isFatal || closed !== undefined) throw error;
    }
  }

  async function start(): Promise<void> {
    const started = await Promise.allSettled([...supervised.values()].map(boot));
    const failed = started.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  for (const spec of specs) supervise(spec);
  if (autoStart) {
    await start().catch(async (error: unknown) => {
      await close();
      throw error;
    });
  }

  return {
    plugins,
    plugin: find,
    client: (name, service, options) => find(name).client(service, options),
    async add(name, options) {
      const spec = parsePlugin(name, options, transports);
      if (closed !== undefined) throw new Error("Cannot add a plugin: the runtime is closed");
      if (plugins.has(name)) throw new RangeError(`Cannot add plugin "${name}": there is one of that name`);
      const handle = supervise(spec);
      try {
        if (autoStart) await handle.start();
      } catch (error) {
        if (spec.onBootFailure === "continue" && plugins.get(name) === handle) return handle;
        // If it was removed meanwhile, another plugin may have its name.
        if (plugins.get(name) === handle) forget(name);
        throw error;
      }
      return handle;
    },
    async remove(name) {
      find(name);
      await forget(name)?.close("it was removed");
    },
    start,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const callback = expected("a function", (value) => typeof value === "function");

const runtimeOptions = object({
  plugins: recordOf(anything),
  transports: listOf(expected("a transport with kind, capabilities, options and launch", isPluginTransport)),
  autoStart: flag,
  onLog: callback,
  onState: callback,
  onCall: callback,
  clock: expected("a clock with now and after", (value): value is RuntimeOptions["clock"] => isClock(value)),
});

function isClock(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { now, after, elapsed = systemClock.elapsed } = value;
  return [now, after, elapsed].every((part) => typeof part === "function");
}
