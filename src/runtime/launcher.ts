/** Begins the lives of one plugin, each with its number and its time to come up. */

import { deadlineExceeded } from "../../transports/calls/errors.ts";
import type { LogEntry } from "../../transports/plugin.ts";
import type { Clock } from "../../transports/time/clock.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import type { CallHook, HookedInstance } from "./call-hooks.ts";
import { hookCalls } from "./hook-calls.ts";
import type { PluginSpec } from "./plugin-spec.ts";
import { createRunningInstance, type RunningInstance } from "./running-instance.ts";

export interface LauncherOptions {
  readonly spec: PluginSpec;
  readonly guestProgram: URL;
  readonly clock: Clock;
  /** What looks at every call to a life, the first one outermost. */
  hooksOf(life: HookedInstance): readonly CallHook[];
  onLog(entry: LogEntry, generation: number): void;
}

export interface Launcher {
  /** The number of the latest life, begun or present; 0 before the first. */
  readonly generation: number;
  /**
   * @param signal gives the launch up
   * @throws LaunchError, TypeError for a transport that the plugin cannot run on, the signal's reason when it has aborted before
   */
  launch(kind: string, signal: AbortSignal): Promise<RunningInstance>;
}

export function createLauncher({ spec, guestProgram, clock, hooksOf, onLog }: LauncherOptions): Launcher {
  let generation = 0;
  return {
    get generation() {
      return generation;
    },
    async launch(kind, given) {
      const { transport, spec: transportSpec } = spec.specOn(kind);
      given.throwIfAborted();
      const mine = ++generation;
      const timeoutMs = spec.startTimeoutMs;
      const late = () => deadlineExceeded(`the plugin was not ready within ${timeoutMs} ms`);
      const instance = await withDeadline({ timeoutMs, late, signal: given, clock }, (signal) =>
        transport.launch(transportSpec, {
          name: spec.name,
          generation: mine,
          config: spec.config,
          handshake: spec.handshake,
          guestProgram,
          signal,
          onLog: (entry) => onLog(entry, mine),
          ...(spec.maxMessageBytes === undefined ? {} : { maxMessageBytes: spec.maxMessageBytes }),
        }),
      );
      const hooks = hooksOf({ generation: mine, kill: () => running.kill() });
      const running = createRunningInstance(hookCalls(instance, hooks), mine, kind, clock);
      return running;
    },
  };
}
