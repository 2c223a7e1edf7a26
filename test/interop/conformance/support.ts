/** The conformance plugin of chainlink-common under our host, as one of the kinds that it can be. */
import { onTestFinished } from "vitest";
import { createRuntime } from "../../../src/runtime/create-runtime.ts";
import type { PluginLogLine } from "../../../src/runtime/log.ts";
import type { PluginOptions } from "../../../src/runtime/options.ts";
import type { PluginHandle } from "../../../src/runtime/plugin-handle.ts";
import type { InstanceContext } from "../../../src/runtime/resources.ts";
import type { Handshake } from "../../../transports/plugin.ts";
import { type PeerName, peer } from "../peers.ts";

export const generations = ["conformance-2024", "conformance-2026"] as const satisfies PeerName[];

/** Deadline of whatever is asked of a plugin here, in milliseconds: long, for machines that are busy. */
export const callOptions = { timeoutMs: 30_000 };

export interface ConformanceOptions extends Pick<PluginOptions, "restart" | "health"> {
  readonly handshake: Handshake;
  /** Beside `-cmd`. */
  readonly args?: readonly string[];
}

export interface ConformancePlugin {
  readonly plugin: PluginHandle;
  /** All that it has logged by now. */
  readonly log: readonly PluginLogLine[];
  /** Makes something in the plugin's present instance, which is there. */
  make<T>(create: (instance: InstanceContext) => Promise<T>): Promise<T>;
}

/** Runs until the test is over. @param command which kind it is, in the words of its `-cmd` */
export async function startConformancePlugin(
  name: PeerName,
  command: string,
  { handshake, args = [], restart = false, health = false }: ConformanceOptions,
): Promise<ConformancePlugin> {
  const log: PluginLogLine[] = [];
  const runtime = await createRuntime({
    plugins: {
      [command]: {
        options: { process: { command: await peer(name), args: ["-cmd", command, ...args] } },
        handshake,
        restart,
        health,
      },
    },
    onLog: (line) => log.push(line),
  });
  onTestFinished(() => runtime.close());
  const plugin = runtime.plugin(command);
  return { plugin, log, make: (create) => plugin.resource({ create }).get(callOptions) };
}
