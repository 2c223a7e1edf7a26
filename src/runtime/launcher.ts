/** Launches the instances of one plugin, each with its generation and a time limit for its start. */

import { deadlineExceeded } from "../../transports/calls/errors.ts";
import type { LogEntry } from "../../transports/plugin.ts";
import type { Clock } from "../../transports/time/clock.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import { type Decorate, decorateInstance } from "./decorated-instance.ts";
import type { StruckInstance } from "./faults.ts";
import type { PluginSpec } from "./plugin-spec.ts";
import { createRunningInstance, type RunningInstance } from "./running-instance.ts";

export interface LauncherOptions {
  readonly spec: PluginSpec;
  readonly guestProgram: URL;
  readonly clock: Clock;
  /** What every call to an instance passes. */
  decorationOf(instance: StruckInstance): Decorate;
  onLog(entry: LogEntry, generation: number): void;
}

export interface Launcher {
  /** The number of the latest instance, starting or running; 0 before the first. */
  readonly generation: number;
  /**
   * @param signal abandons the launch
   * @throws LaunchError, TypeError for a transport that the plugin cannot run on, the signal's reason when it has aborted before
   */
  launch(kind: string, signal: AbortSignal): Promise<RunningInstance>;
}

export function createLauncher({ spec, guestProgram, clock, decorationOf, onLog }: LauncherOptions): Launcher {
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
      const decorate = decorationOf({ generation: mine, kill: () => running.kill() });
      const running = createRunningInstance(decorateInstance(instance, decorate), mine, kind, clock);
      return running;
    },
  };
}
