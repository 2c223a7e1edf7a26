/** What passes from one instance to the next when a plugin is replaced: its calls and its resources. */
import { ignore, untilAbortedOnce } from "../../transports/calls/iterables.ts";
import { flag, numberFrom, object } from "../../transports/options/schema.ts";
import { inTime } from "../../transports/time/deadline.ts";
import { settleWithin } from "../../transports/time/settle.ts";
import type { ExitReason, PluginExit } from "../../transports/transport.ts";
import type { OwnedResource } from "./resources.ts";
import type { RunningInstance } from "./running-instance.ts";

export interface SwitchOptions {
  /** Whether the old and the new instance may overlap; `false` for a plugin that cannot run twice: calls wait in between. @default true */
  readonly overlap?: boolean;
  /** How long the old instance's calls may take to finish before they are cut off, and then its resources to be disposed. @default 5000 */
  readonly drainMs?: number;
}

export const switchOptions = object({ overlap: flag, drainMs: numberFrom(0) });

export interface SwitchReport {
  /** Calls that were in flight on the old instance and finished. */
  readonly drained: number;
  /** Calls that were still in flight after the time was up, and were cut off with the exit as their error's detail. */
  readonly cutOff: number;
  /** Resources in use that were made again in the new instance before the old one was stopped. */
  readonly recreated: number;
}

/**
 * Makes the resources that are in use again, in an instance that is not called yet.
 * @returns how many
 * @throws ConnectError the signal's reason, when it aborts first
 */
export async function recreate(
  next: RunningInstance,
  resources: Iterable<OwnedResource>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<number> {
  signal.throwIfAborted();
  const made = Promise.allSettled([...resources].map((resource) => resource.recreate(next)));
  const results = await untilAbortedOnce(made, signal);
  for (const result of results) if (result.status === "rejected") onFailure(result.reason);
  return results.filter((result) => result.status === "fulfilled" && result.value).length;
}

/**
 * Lets an instance that is no longer called finish the calls it has, and stops it.
 * @param signal cuts off what is still in flight
 */
export async function retire(
  old: RunningInstance,
  resources: Iterable<OwnedResource>,
  drainMs: number,
  stopGraceMs: number,
  signal: AbortSignal,
): Promise<{ drained: number; cutOff: number; exit: PluginExit }> {
  const atSwitch = old.inFlight;
  await old.drained(drainMs, signal);
  const cutOff = old.instance.ended.aborted ? 0 : old.inFlight;
  // A resource's disposal may wait for calls through it, so it gets the drain's time rather than the grace period.
  const late = () => new Error("the resources were not disposed in time");
  await inTime({ timeoutMs: drainMs, late, signal }, () => releaseAll(old, resources)).catch(ignore);
  const exit = await end(old, resources, stopGraceMs, "replaced");
  return { drained: atSwitch - cutOff, cutOff, exit };
}

/**
 * Disposes the resources of an instance that is no longer called, and stops the instance; each of the two has `graceMs` to finish
 * gracefully. The last resource goes first, because it may have been made of an earlier one.
 */
export async function end(
  running: RunningInstance,
  resources: Iterable<OwnedResource>,
  graceMs: number,
  reason?: ExitReason,
): Promise<PluginExit> {
  await settleWithin(releaseAll(running, resources), graceMs);
  return running.instance.stop({ graceMs, ...(reason === undefined ? {} : { reason }) });
}

async function releaseAll(running: RunningInstance, resources: Iterable<OwnedResource>): Promise<void> {
  for (const resource of [...resources].toReversed()) await resource.release(running);
}
