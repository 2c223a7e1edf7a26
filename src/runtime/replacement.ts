/** Replaces the running instance of a plugin by another: while it goes on, or after it has gone for a plugin that cannot run twice. */
import { textWithoutCode } from "../../transports/calls/connect-error.ts";
import { deadlineExceeded } from "../../transports/calls/errors.ts";
import type { Clock } from "../../transports/time/clock.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import { LaunchError, type PluginExit } from "../../transports/transport.ts";
import { recreate, retire, type SwitchOptions, type SwitchReport } from "./handover.ts";
import type { Launcher } from "./launcher.ts";
import type { PluginSpec } from "./plugin-spec.ts";
import type { OwnedResource } from "./resources.ts";
import type { RunningInstance } from "./running-instance.ts";

/** The plugin, as far as a replacement concerns it. */
export interface Replaceable {
  readonly running: RunningInstance | undefined;
  /** From here on, calls go to this instance, and the plugin is ready. */
  makeCurrent(next: RunningInstance): void;
  /** Takes the running instance away from the plugin's callers, who then wait for the next one. */
  takeAway(): void;
  /** The next one did not start, and there is no other: tries again by the restart policy. */
  onFailedLaunch(error: unknown): void;
  onRetired(exit: PluginExit): void;
  warn(message: string): void;
}

export interface ReplacementOptions {
  readonly spec: PluginSpec;
  readonly clock: Clock;
  readonly launcher: Launcher;
  readonly resources: ReadonlySet<OwnedResource>;
  readonly plugin: Replaceable;
}

/**
 * Replaces `old` by an instance on the transport `on`.
 * @param halted abandons it
 * @throws LaunchError when the next one does not start, and what `halted` aborts with
 */
export type Replacement = (
  old: RunningInstance,
  on: string,
  halted: AbortSignal,
  options: SwitchOptions,
) => Promise<SwitchReport>;

export function createReplacement({ spec, clock, launcher, resources, plugin }: ReplacementOptions): Replacement {
  /** Launches an instance and makes the resources in use again in it; `recreated` is their number. */
  async function launch(on: string, halted: AbortSignal): Promise<{ next: RunningInstance; recreated: number }> {
    const next = await launcher.launch(on, halted);
    const timeoutMs = spec.startTimeoutMs;
    const late = () => deadlineExceeded(`a resource was not made again within ${timeoutMs} ms`);
    const limit = { timeoutMs, late, signal: halted, clock };
    const warn = (error: unknown) => plugin.warn(`a resource could not be made again: ${textWithoutCode(error)}`);
    try {
      return { next, recreated: await withDeadline(limit, (signal) => recreate(next, resources, signal, warn)) };
    } catch (cause) {
      next.kill();
      await next.instance.exited;
      throw new LaunchError("launch-failed", textWithoutCode(cause), { cause });
    }
  }

  async function retireNow(
    old: RunningInstance,
    drainMs: number,
    halted: AbortSignal,
  ): Promise<Omit<SwitchReport, "recreated">> {
    const { exit, ...report } = await retire(old, resources, drainMs, spec.stopGraceMs, halted);
    plugin.onRetired(exit);
    return report;
  }

  return async (old, on, halted, { overlap = true, drainMs = 5000 }) => {
    if (overlap) {
      const { next, recreated } = await launch(on, halted);
      // It may have crashed while the next one was starting.
      const left = plugin.running;
      plugin.makeCurrent(next);
      const report = left === undefined ? { drained: 0, cutOff: 0 } : await retireNow(left, drainMs, halted);
      return { ...report, recreated };
    }
    plugin.takeAway();
    const report = await retireNow(old, drainMs, halted);
    try {
      const { next, recreated } = await launch(on, halted);
      plugin.makeCurrent(next);
      return { ...report, recreated };
    } catch (error) {
      if (!halted.aborted) plugin.onFailedLaunch(error);
      throw error;
    }
  };
}
