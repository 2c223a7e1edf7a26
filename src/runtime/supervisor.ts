/**
 * Keeps one plugin running: launches its instances, sees them end, and decides what comes next. Starts, stops and replacements run
 * here one after the other; calls do not wait for them, they only look up the current instance.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { textWithoutCode } from "../../transports/calls/connect-error.ts";
import { describeExit } from "../../transports/calls/errors.ts";
import { abortReason } from "../../transports/calls/iterables.ts";
import type { CallSignal } from "../../transports/connection.ts";
import { check } from "../../transports/options/check.ts";
import type { LogEntry } from "../../transports/plugin.ts";
import { type ExitReason, LaunchError, type PluginExit } from "../../transports/transport.ts";
import { end, type SwitchOptions, type SwitchReport, switchOptions } from "./handover.ts";
import { type HealthProbe, startHealthProbe } from "./health-probe.ts";
import { createLauncher, type LauncherOptions } from "./launcher.ts";
import { createOperations } from "./operations.ts";
import { createReplacement } from "./replacement.ts";
import type { OwnedResource } from "./resources.ts";
import { decideRestart, type EndedInstance, noRestarts, type RestartRecord } from "./restart-policy.ts";
import type { RunningInstance } from "./running-instance.ts";
import { shortageIn } from "./shortage.ts";
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
  /** Why the latest launch failed; `undefined` where it did not. */
  readonly launchFailure: LaunchError["code"] | undefined;
  /** When the state was entered, in milliseconds since 1970. */
  readonly since: number;
  /** When the plugin is restarted, in milliseconds since 1970, while it is backing off. */
  readonly nextStart: number | undefined;
  readonly resources: Set<OwnedResource>;
  /** The current instance; waits while one is starting. @throws ConnectError Unavailable when none is, or the signal's reason */
  acquire(options?: { signal?: CallSignal | undefined; wait?: boolean }): Promise<RunningInstance>;
  /**
   * Launches the first instance, or one after a stop or a failure; during a back-off, at once.
   * @throws LaunchError when it does not start, also where it is then tried again
   */
  start(): Promise<void>;
  stop(reason?: ExitReason): Promise<void>;
  /** Stops it for good. @param why the reason in the errors of later starts and replacements */
  close(why: string): Promise<void>;
  /** Replaces the instance by another on the transport `kind`, or on its current one. @throws LaunchError, and the old instance goes on */
  replace(kind: string | undefined, options?: SwitchOptions): Promise<SwitchReport>;
}

/** What led to a state. */
type Why = Pick<StateChange, "message" | "exit">;

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
  let launchFailure: LaunchError["code"] | undefined;
  let probe: HealthProbe | undefined;
  let cancelBackOff = () => {};
  let nextStart = 0;
  const operations = createOperations(spec.name);
  const waiting = createWaiting();
  const resources = new Set<OwnedResource>();

  function enter(to: PluginState, why: Why = {}): void {
    if (to === state) return;
    checkEdge(state, to);
    publish(to, why);
    if (!isComing(to)) waiting.wake();
  }

  function publish(to: PluginState, why: Why = {}): void {
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

  /** From here on, calls go to this instance, and the plugin is ready. */
  function makeCurrent(next: RunningInstance): void {
    probe?.stop();
    // The instance that it replaces may have crashed while it was starting.
    cancelBackOff();
    running = next;
    kind = next.kind;
    failure = undefined;
    launchFailure = undefined;
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
    if (state === "backing-off" || state === "failed") enter("starting");
    if (state === "ready") publish("ready");
    else enter("ready");
    waiting.wake();
  }

  function onExit(ended: RunningInstance, exit: PluginExit): void {
    if (running !== ended) return;
    running = undefined;
    lastExit = exit;
    probe?.stop();
    if (state !== "ready" && state !== "degraded") return;
    say("error", `the plugin ended: ${describeExit(exit)}`);
    recover({ readyMs: ended.readyMs, isCounted: true }, { exit });
  }

  /** What follows after a launch that failed, where it is to be tried again. */
  function onFailedLaunch(error: unknown): void {
    const message = noteFailedLaunch(error);
    const shortage = shortageIn(error);
    const aside =
      shortage === undefined ? "" : `; the system is short of ${shortage}, so this does not count as a restart`;
    say("error", `the plugin did not start: ${message}${aside}`);
    recover({ readyMs: 0, isCounted: shortage === undefined }, { message });
  }

  function noteFailedLaunch(error: unknown): string {
    launchFailure = error instanceof LaunchError ? error.code : "launch-failed";
    return textWithoutCode(error);
  }

  /** Decides what follows after an instance ended unexpectedly, or a launch failed. */
  function recover(ended: Pick<EndedInstance, "readyMs" | "isCounted">, why: Why): void {
    if (spec.restart === undefined) {
      const happened = why.exit === undefined ? "did not start" : "ended";
      return fail(`the plugin ${happened}, and its restarts are switched off`, why);
    }
    const decision = decideRestart(spec.restart, record, { ...ended, now: clock.elapsed(), random: Math.random() });
    record = decision.record;
    if (!decision.restart) {
      const { windowMs } = spec.restart;
      return fail(`the plugin was restarted ${decision.restarts} times within ${windowMs} ms and ended each time`, why);
    }
    nextStart = clock.now() + decision.delayMs;
    enter("backing-off", why);
    cancelBackOff = clock.after(decision.delayMs, () => void operations.run(relaunch));
  }

  function fail(message: string, why: Why): void {
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
    } catch (error) {
      // A stop has abandoned the launch and decides the state.
      if (!halted.aborted) onFailedLaunch(error);
    }
  }

  /** Runs an operation that launches an instance, whose error names the plugin. */
  async function launching<T>(operation: (halted: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await operations.launch(operation);
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
    } catch (error) {
      if (halted.aborted) failure = textWithoutCode(error);
      else if (fromBackOff || spec.onBootFailure === "continue") onFailedLaunch(error);
      else {
        failure = noteFailedLaunch(error);
        enter("failed", { message: failure });
      }
      throw error;
    }
  }

  function stop(reason?: ExitReason): Promise<void> {
    return operations.interrupt(() => endCurrent(reason));
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

  const replaceRunning = createReplacement({
    spec,
    clock,
    launcher,
    resources,
    plugin: {
      get running() {
        return running;
      },
      makeCurrent,
      takeAway() {
        running = undefined;
        enter("starting");
      },
      onFailedLaunch,
      onRetired: (exit) => {
        lastExit = exit;
      },
      warn: (message) => say("warn", message),
    },
  });

  async function replace(halted: AbortSignal, on = kind, options: SwitchOptions = {}): Promise<SwitchReport> {
    const checked = check(switchOptions, options, "options");
    spec.specOn(on);
    if (running !== undefined) return replaceRunning(running, on, halted, checked);
    kind = on;
    await start(halted);
    return { drained: 0, cutOff: 0, recreated: 0 };
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
    get launchFailure() {
      return launchFailure;
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
    start: () => launching(start),
    stop,
    close(why) {
      operations.close(why);
      return stop("host-stopped");
    },
    replace: (on, options) => launching((halted) => replace(halted, on, options)),
  };
}
