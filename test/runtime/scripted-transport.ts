/** A transport whose instances start and end as a test says, on the test's clock. Calls to them are real calls. */

import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createConnection } from "../../transports/calls/connection.ts";
import { createInstanceEnd } from "../../transports/calls/instance-end.ts";
import { createBrokerPair } from "../../transports/in-process/broker.ts";
import { carry } from "../../transports/in-process/carry.ts";
import { anything } from "../../transports/options/schema.ts";
import { transportOptions } from "../../transports/options/transport-options.ts";
import type { Clock } from "../../transports/time/clock.ts";
import { type ExitReason, LaunchError, type PluginTransport } from "../../transports/transport.ts";

/** How a launch goes: it succeeds, fails, is refused by the system for want of descriptors, or does neither until it is abandoned. */
export type Launch = "up" | "fail" | "refused" | "hang";

export interface ScriptedTransport {
  readonly transport: PluginTransport;
  /** How the next launches go; later ones succeed. */
  readonly script: Launch[];
  /** Crashes every instance. */
  crash(): void;
}

/** How many instances there are now, on all transports that share the census, and the most that there were at once. */
export interface Census {
  running: number;
  most: number;
}

/** @param launchMs how long a launch takes that succeeds or fails */
export function createScriptedTransport(
  kind: string,
  clock: Clock,
  launchMs: number,
  census: Census,
): ScriptedTransport {
  const script: Launch[] = [];
  const running = new Map<number, (reason: ExitReason) => void>();
  const limit = 1 << 20;
  const routes = carry((router) => router.service(Conformance, { unary: () => ({}) }), "copy", limit);

  const transport: PluginTransport = {
    kind,
    capabilities: {
      boundary: "none",
      preemptible: true,
      memoryLimit: false,
      crossLanguage: false,
      capturesConsole: false,
    },
    options: transportOptions(anything, () => ({ value: undefined })),
    async launch(_, { name, generation, signal }) {
      const launch = script.shift() ?? "up";
      await new Promise<void>((resolve, reject) => {
        const cancel = launch === "hang" ? () => {} : clock.after(launchMs, resolve);
        signal.addEventListener("abort", () => {
          cancel();
          reject(new LaunchError("launch-failed", `given up: ${signal.reason}`));
        });
      });
      if (launch === "refused") {
        const cause = Object.assign(new Error("too many open files"), { code: "EMFILE" });
        throw new LaunchError("launch-failed", "cannot start it", { cause });
      }
      if (launch === "fail") throw new LaunchError("launch-failed", "fails as the script says");
      const instanceEnd = createInstanceEnd(name, generation);
      const end = (reason: ExitReason) => {
        if (!running.delete(generation)) return;
        census.running--;
        instanceEnd.end({ reason, lastStderr: [] });
      };
      census.most = Math.max(census.most, ++census.running);
      running.set(generation, end);
      return {
        ...createConnection(routes, instanceEnd.ended, async () => end("clean")),
        broker: createBrokerPair(instanceEnd.ended, "copy", limit).host,
        facts: { protocolVersion: 1 },
        ended: instanceEnd.ended,
        exited: instanceEnd.exited,
        async stop({ reason = "clean" }) {
          end(reason);
          return instanceEnd.exited;
        },
        kill: (reason = "killed") => end(reason),
      };
    },
  };
  return {
    transport,
    script,
    crash: () => {
      for (const end of [...running.values()]) end("crashed");
    },
  };
}
