/** Begins the lives of one plugin, each with its number and its time to come up. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../transports/clock.ts";
import type { LogEntry } from "../../transports/plugin.ts";
import type { PluginInstance } from "../../transports/transport.ts";
import type { CallHook, HookedLife } from "./call-hooks.ts";
import { hookCalls } from "./hook-calls.ts";
import { createLive, type Live } from "./live.ts";
import { type PluginSpec, parseTransport, type Transports } from "./options.ts";

export interface LauncherOptions {
  readonly spec: PluginSpec;
  readonly transports: Transports;
  readonly guestProgram: URL;
  readonly clock: Clock;
  /** What looks at every call to a life, the first one outermost. */
  hooksOf(life: HookedLife): readonly CallHook[];
  onLog(entry: LogEntry, generation: number): void;
}

export interface Launcher {
  /** The number of the latest life, begun or present; 0 before the first. */
  readonly generation: number;
  /** @throws LaunchError, TypeError for a transport that the plugin cannot run on */
  launch(kind: string): Promise<Live>;
  /** Gives up the launch that is under way, if there is one. */
  giveUp(why: ConnectError): void;
}

export function createLauncher({ spec, transports, guestProgram, clock, hooksOf, onLog }: LauncherOptions): Launcher {
  let generation = 0;
  let launching: AbortController | undefined;
  return {
    get generation() {
      return generation;
    },
    async launch(kind) {
      const { transport, spec: transportSpec } = parseTransport(spec, kind, transports);
      const mine = ++generation;
      const controller = new AbortController();
      launching = controller;
      const cancel = clock.after(spec.startTimeoutMs, () => {
        controller.abort(
          new ConnectError(`the plugin was not ready within ${spec.startTimeoutMs} ms`, Code.DeadlineExceeded),
        );
      });
      let instance: PluginInstance;
      try {
        instance = await transport.launch(transportSpec, {
          name: spec.name,
          generation: mine,
          config: spec.config,
          handshake: spec.handshake,
          guestProgram,
          signal: controller.signal,
          onLog: (entry) => onLog(entry, mine),
          ...(spec.maxMessageBytes === undefined ? {} : { maxMessageBytes: spec.maxMessageBytes }),
        });
      } finally {
        cancel();
        if (launching === controller) launching = undefined;
      }
      const hooks = hooksOf({ generation: mine, kill: () => live.kill() });
      const live = createLive(hookCalls(instance, hooks, { plugin: spec.name, generation: mine }), mine, kind, clock);
      return live;
    },
    giveUp: (why) => launching?.abort(why),
  };
}
