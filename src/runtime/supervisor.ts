/**
 * Keeps one plugin running: launches its instances, sees them end, and decides what comes next. Starts, stops and replacements run
 * here one after the other; calls do not wait for them, they only look up the current instance.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { deadlineExceeded, describeExit, textWithoutCode } from "../../transports/calls/errors.ts";
import { abortReason } from "../../transports/calls/iterables.ts";
import type { LogEntry } from "../../transports/plugin.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import { type ExitReason, LaunchError, type PluginExit } from "../../transports/transport.ts";
import { end, recreate, retire, type SwitchOptions, type SwitchReport } from "./handover.ts";
import { type HealthProbe, startHealthProbe } from "./health-probe.ts";
import { createLauncher, type LauncherOptions } from "./launcher.ts";
import type { OwnedResource } from "./resources.ts";
import { decideRestart, noRestarts, type RestartRecord } from "./restart-policy.ts";
import type { RunningInstance } from "./running-instance.ts";
import { checkEdge, isComing, type PluginState, type StateChange } from "./states.ts";
import { createWaiting } from "./waiting.ts";

export interface SupervisorOptions extends LauncherOptions {
  onState(change: StateChange): void;
}

export interface Supervisor {
  readonly state: PluginState;
  readonly transport: string;
  readonly running: RunningInstance | undefined;
  /** The number of the latest instance, starting or running; 0 before the first. */
  readonly generation: number;
  /** How often the plugin was restarted after it ended unexpectedly. */
  readonly restarts: number;
  readonly lastExit: PluginExit | undefined;
  readonly since: number;
  /** When the plugin is restarted, in milliseconds since 1970, while it is backing off. */
  readonly nextStart: number | undefined;
  readonly resources: Set<OwnedResource>;
  /** The current instance; waits while one is starting. @throws ConnectError Unavailable when none is, or the signal's reason */
  acquire(options?: { signal?: AbortSignal; wait?: boolean }): Promise<RunningInstance>;
  /** Launches the first instance, or one after a stop or a failure; during a back-off, at once. @throws LaunchError when it does not start */
  start(): Promise<void>;
  stop(reason?: ExitReason): Promise<void>;
  /** Stops it for good. @param why the reason in the errors of later starts and replacements */
  close(why: string): Promise<void>;
  /** Replaces the instance by another on the transport `kind`, or on its current one. @throws LaunchError, and the old instance goes on */
  replace(kind: string | undefined, options?: SwitchOptions): Promise<SwitchReport>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { spec, clock, onState, onLog } = options;
  const launcher = createLauncher(options);
  let state: PluginState = "stopped";
  let since = clock.now();
  let kind = spec.kind;
  let running: RunningInstance | undefined;
  let restarts = 0;
  let record: RestartRecord = noRestarts;
  let lastExit: PluginExit | undefined;
  let failure: string | undefined;
  let probe: HealthProbe | undefined;
  let cancelBackOff = () => {};
  let nextStart = 0;
  /** Aborts at a stop, for all operations that were asked for before it. */
  let halt = new AbortController();
  let operations: Promise<unknown> = Promise.resolve();
  /** Why the plugin must not start again. */
  let closed: string | undefined;
  const waiting = createWaiting();
  const resources = new Set<OwnedResource>();

  /** Runs operations one after the other. */
  function serially<T>(operation: (halted: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = halt;
    const result = operations.then(() => operation(signal));
    operations = result.catch(() => undefined);
    return result;
  }

  function enter(to: PluginState, why: { message?: string; exit?: PluginExit } = {}): void {
    if (to === state) return;
    checkEdge(state, to);
    publish(to, why);
    if (!isComing(to)) waiting.wake();
  }

  function publish(to: PluginState, why: { message?: string; exit?: PluginExit } = {}): void {
    const from = state;
    state = to;
    since = clock.now();
    const generation = to === "starting" ? launcher.generation + 1 : launcher.generation;
    try {
      onState({ plugin: spec.name, from, to, transport: kind, generation, ...why });
    } catch (error) {
      // An observer that fails must not stop the plugin.
      say("error", `onState threw: ${textWithoutCode(error)}`);
    }
  }

  function say(level: LogEntry["level"], message: string): void {
    onLog({ level, message, time: clock.now(), fields: {}, source: "host" }, launcher.generation);
  }

  /** From here on, calls go to this instance. */
  function makeCurrent(next: RunningInstance): void {
    probe?.stop();
    running = next;
    kind = next.kind;
    failure = undefined;
    void next.instance.exited.then((exit) => onExit(next, exit));
    const { boundary } = spec.specOn(next.kind).transport.capabilities;
    if (spec.health !== undefined && boundary !== "none") {
      probe = startHealthProbe(next, spec.health, clock, {
        onHealthy: () => running === next && state === "degraded" && enter("ready"),
        onDegraded: (message) => running === next && state === "ready" && enter("degraded", { message }),
        onUnresponsive(message) {
          say("error", message);
          next.kill("unresponsive");
        },
      });
    }
    waiting.wake();
  }

  function onExit(ended: RunningInstance, exit: PluginExit): void {
    if (running !== ended) return;
    running = undefined;
    lastExit = exit;
    probe?.stop();
    if (state !== "ready" && state !== "degraded") return;
    say("error", `the plugin ended: ${describeExit(exit)}`);
    recover(clock.now() - ended.since, exit);
  }

  /** Decides what follows after an instance ended unexpectedly, or a launch failed. */
  function recover(readyMs: number, exit?: PluginExit, message?: string): void {
    const why = { ...(exit === undefined ? {} : { exit }), ...(message === undefined ? {} : { message }) };
    if (spec.restart === undefined) return fail("the plugin ended, and its restarts are switched off", why);
    const decision = decideRestart(spec.restart, record, { now: clock.now(), readyMs, random: Math.random() });
    record = decision.record;
    if (!decision.restart) {
      const { windowMs } = spec.restart;
      return fail(`the plugin was restarted ${decision.restarts} times within ${windowMs} ms and ended each time`, why);
    }
    nextStart = clock.now() + decision.delayMs;
    enter("backing-off", why);
    cancelBackOff = clock.after(decision.delayMs, () => void serially(relaunch));
  }

  function fail(message: string, why: { exit?: PluginExit; message?: string }): void {
    failure = why.message === undefined ? message : `${message}: ${why.message}`;
    say("error", failure);
    enter("failed", { ...why, message: failure });
  }

  async function relaunch(halted: AbortSignal): Promise<void> {
    if (state !== "backing-off" || halted.aborted) return;
    enter("starting");
    restarts++;
    try {
      makeCurrent(await launcher.launch(kind, halted));
      enter("ready");
    } catch (error) {
      // A stop has abandoned the launch and decides the state.
      if (halted.aborted) return;
      const message = textWithoutCode(error);
      say("error", `the plugin did not start: ${message}`);
      recover(0, undefined, message);
    }
  }

  /** For operations that launch instances: refused when the plugin is closed, abandoned at a stop. */
  async function unlessHalted<T>(operation: (halted: AbortSignal) => Promise<T>): Promise<T> {
    if (closed !== undefined) throw new Error(`Cannot start plugin "${spec.name}": ${closed}`);
    try {
      return await serially((halted) => {
        halted.throwIfAborted();
        return operation(halted);
      });
    } catch (cause) {
      if (!(cause instanceof LaunchError)) throw cause;
      const { code, message, lastStderr } = cause;
      throw new LaunchError(code, `plugin "${spec.name}" did not start: ${message}`, { cause, lastStderr });
    }
  }

  async function start(halted: AbortSignal): Promise<void> {
    const fromBackOff = state === "backing-off";
    if (state !== "stopped" && state !== "failed" && !fromBackOff) return;
    cancelBackOff();
    if (!fromBackOff) record = noRestarts;
    failure = undefined;
    enter("starting");
    try {
      makeCurrent(await launcher.launch(kind, halted));
      enter("ready");
    } catch (error) {
      failure = textWithoutCode(error);
      if (!halted.aborted) {
        if (fromBackOff) recover(0, undefined, failure);
        else enter("failed", { message: failure });
      }
      throw error;
    }
  }

  function stop(reason?: ExitReason): Promise<void> {
    // Operations under way are not waited for: a launch is abandoned, a back-off ends.
    halt.abort(new ConnectError("the plugin was stopped", Code.Canceled));
    halt = new AbortController();
    return serially(() => endCurrent(reason));
  }

  async function endCurrent(reason?: ExitReason): Promise<void> {
    if (state === "stopped") return;
    enter("stopping");
    cancelBackOff();
    probe?.stop();
    const ending = running;
    running = undefined;
    if (ending !== undefined) lastExit = await end(ending, resources, spec.stopGraceMs, reason);
    enter("stopped");
  }

  async function replace(halted: AbortSignal, on = kind, options: SwitchOptions = {}): Promise<SwitchReport> {
    const { overlap = true, drainMs = 5000 } = options;
    spec.specOn(on);
    if (running === undefined) {
      kind = on;
      await start(halted);
      return { drained: 0, cutOff: 0, recreated: 0 };
    }
    return overlap ? replaceOverlapping(on, drainMs, halted) : replaceApart(on, drainMs, halted);
  }

  async function retired(
    old: RunningInstance,
    drainMs: number,
    halted: AbortSignal,
  ): Promise<Omit<SwitchReport, "recreated">> {
    const { exit, ...report } = await retire(old, resources, drainMs, spec.stopGraceMs, halted);
    lastExit = exit;
    return report;
  }

  /** Launches an instance and makes the resources in use again in it; `count` is their number. */
  async function launchWithResources(
    on: string,
    halted: AbortSignal,
  ): Promise<{ next: RunningInstance; count: number }> {
    const next = await launcher.launch(on, halted);
    const timeoutMs = spec.startTimeoutMs;
    const late = () => deadlineExceeded(`a resource was not made again within ${timeoutMs} ms`);
    const limit = { timeoutMs, late, signal: halted, clock };
    const warn = (error: unknown) => say("warn", `a resource could not be made again: ${textWithoutCode(error)}`);
    try {
      return { next, count: await withDeadline(limit, (signal) => recreate(next, resources, signal, warn)) };
    } catch (cause) {
      next.kill();
      await next.instance.exited;
      throw new LaunchError("launch-failed", textWithoutCode(cause), { cause });
    }
  }

  async function replaceOverlapping(on: string, drainMs: number, halted: AbortSignal): Promise<SwitchReport> {
    const { next, count } = await launchWithResources(on, halted);
    const old = running;
    makeCurrent(next);
    // The old instance may have crashed while the new one was starting.
    cancelBackOff();
    if (state === "backing-off" || state === "failed") enter("starting");
    if (state === "ready") publish("ready");
    else enter("ready");
    const report = old === undefined ? { drained: 0, cutOff: 0 } : await retired(old, drainMs, halted);
    return { ...report, recreated: count };
  }

  async function replaceApart(on: string, drainMs: number, halted: AbortSignal): Promise<SwitchReport> {
    const old = running;
    running = undefined;
    enter("starting");
    const report = old === undefined ? { drained: 0, cutOff: 0 } : await retired(old, drainMs, halted);
    try {
      const { next, count } = await launchWithResources(on, halted);
      makeCurrent(next);
      enter("ready");
      return { ...report, recreated: count };
    } catch (error) {
      const message = textWithoutCode(error);
      if (!halted.aborted) recover(0, undefined, message);
      throw error;
    }
  }

  function noInstance(): ConnectError {
    const why = failure ?? (lastExit === undefined ? undefined : `it ended: ${describeExit(lastExit)}`);
    return new ConnectError(
      `plugin "${spec.name}" is ${state}${why === undefined ? "" : `: ${why}`}`,
      Code.Unavailable,
    );
  }

  return {
    get state() {
      return state;
    },
    get transport() {
      return kind;
    },
    get running() {
      return running;
    },
    get generation() {
      return launcher.generation;
    },
    get restarts() {
      return restarts;
    },
    get lastExit() {
      return lastExit;
    },
    get since() {
      return since;
    },
    get nextStart() {
      return state === "backing-off" ? nextStart : undefined;
    },
    resources,
    async acquire({ signal, wait = true } = {}) {
      for (;;) {
        if (signal?.aborted) throw abortReason(signal);
        if (running?.isOpen) return running;
        // Between the end of an instance and its exit event the state is still ready: what comes next is not decided yet.
        const undecided = state === "ready" || state === "degraded";
        if (!wait || !(isComing(state) || undecided)) throw noInstance();
        await waiting.wait(signal);
      }
    },
    start: () => unlessHalted(start),
    stop,
    close(why) {
      closed ??= why;
      return stop("host-stopped");
    },
    replace: (on, options) => unlessHalted((halted) => replace(halted, on, options)),
  };
}
