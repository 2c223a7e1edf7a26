/**
 * Keeps one plugin alive: begins its lives, sees their ends, and decides what comes next. All that changes a plugin passes
 * through here one after the other; calls do not, they only look at which life is the present one.
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
  /** The number of the latest life, begun or present; 0 before the first. */
  readonly generation: number;
  /** How often the plugin was started again after it ended unasked. */
  readonly restarts: number;
  readonly lastExit: PluginExit | undefined;
  readonly since: number;
  /** When the plugin is started again, in milliseconds since 1970, while it is backing off. */
  readonly nextStart: number | undefined;
  readonly resources: Set<OwnedResource>;
  /** The present life, waiting for it while one is coming. @throws ConnectError Unavailable when none is, or the caller's reason */
  acquire(options?: { signal?: AbortSignal; wait?: boolean }): Promise<RunningInstance>;
  /** Begins the first life, or one after a stop or a failure, or at once what a back-off waits for. @throws LaunchError when it does not come up */
  start(): Promise<void>;
  stop(reason?: ExitReason): Promise<void>;
  /** Stops it for good. @param why what is told to those who want to start or replace it later */
  close(why: string): Promise<void>;
  /** Replaces the life by another on the transport `kind`, or where it is by then. @throws LaunchError, and the old life goes on */
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
  /** Aborts when a stop is asked for, for all that was asked for before. */
  let halt = new AbortController();
  let operations: Promise<unknown> = Promise.resolve();
  /** Why no life is to begin any more. */
  let closed: string | undefined;
  const waiting = createWaiting();
  const resources = new Set<OwnedResource>();

  /** One after the other; what comes later sees what came before as done. */
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
    const ofLife = to === "starting" ? launcher.generation + 1 : launcher.generation;
    try {
      onState({ plugin: spec.name, from, to, transport: kind, generation: ofLife, ...why });
    } catch (error) {
      // What the plugin does next does not depend on those who watch it.
      say("error", `onState threw: ${textWithoutCode(error)}`);
    }
  }

  function say(level: LogEntry["level"], message: string): void {
    onLog({ level, message, time: clock.now(), fields: {}, source: "host" }, launcher.generation);
  }

  /** From here on, calls go to this life. */
  function becomePresent(next: RunningInstance): void {
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
    comeBack(clock.now() - ended.since, exit);
  }

  /** Decides what follows a life that ended unasked, or a launch that failed. */
  function comeBack(livedMs: number, exit?: PluginExit, message?: string): void {
    const why = { ...(exit === undefined ? {} : { exit }), ...(message === undefined ? {} : { message }) };
    if (spec.restart === undefined) return fail("the plugin ended, and it is not to be started again", why);
    const decision = decideRestart(spec.restart, record, { now: clock.now(), livedMs, random: Math.random() });
    record = decision.record;
    if (!decision.restart) {
      const { windowMs } = spec.restart;
      return fail(
        `the plugin was started again ${decision.restarts} times within ${windowMs} ms and ended each time`,
        why,
      );
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
      becomePresent(await launcher.launch(kind, halted));
      enter("ready");
    } catch (error) {
      // A stop that gave the launch up has the word now.
      if (halted.aborted) return;
      const message = textWithoutCode(error);
      say("error", `the plugin did not come up: ${message}`);
      comeBack(0, undefined, message);
    }
  }

  /** For what begins lives: not for a plugin that is closed, and not when a stop has come in between. */
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
      throw new LaunchError(code, `plugin "${spec.name}" did not come up: ${message}`, { cause, lastStderr });
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
      becomePresent(await launcher.launch(kind, halted));
      enter("ready");
    } catch (error) {
      failure = textWithoutCode(error);
      if (!halted.aborted) {
        if (fromBackOff) comeBack(0, undefined, failure);
        else enter("failed", { message: failure });
      }
      throw error;
    }
  }

  function stop(reason?: ExitReason): Promise<void> {
    // What is under way must not be waited for: a launch is given up, a back-off is over.
    halt.abort(new ConnectError("the plugin is to stop", Code.Canceled));
    halt = new AbortController();
    return serially(() => endPresent(reason));
  }

  async function endPresent(reason?: ExitReason): Promise<void> {
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

  /** A life on which the resources in use have been made again, and the number of these. */
  async function furnished(on: string, halted: AbortSignal): Promise<{ next: RunningInstance; count: number }> {
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
    const { next, count } = await furnished(on, halted);
    const old = running;
    becomePresent(next);
    // The old life may have crashed while the new one came up.
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
      const { next, count } = await furnished(on, halted);
      becomePresent(next);
      enter("ready");
      return { ...report, recreated: count };
    } catch (error) {
      const message = textWithoutCode(error);
      if (!halted.aborted) comeBack(0, undefined, message);
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
        // Between the end of a life and the word of it, the state still says ready: what comes next is not known yet.
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
