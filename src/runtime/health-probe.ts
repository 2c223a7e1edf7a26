/** Asks a plugin at intervals whether it still answers. */
import { Code } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { createClient } from "../../transports/calls/client.ts";
import { asConnectError } from "../../transports/calls/connect-error.ts";
import type { Clock } from "../../transports/time/clock.ts";
import type { HealthOptions } from "./options.ts";
import type { RunningInstance } from "./running-instance.ts";

export interface HealthProbe {
  stop(): void;
}

export interface HealthListener {
  onHealthy(): void;
  /** The plugin answers that it does not serve, or has missed a health check. */
  onDegraded(why: string): void;
  /** It has missed too many in a row. */
  onUnresponsive(why: string): void;
}

/** @param clock for the time between checks; the time for an answer is a call's deadline, in real time */
export function startHealthProbe(
  running: RunningInstance,
  options: HealthOptions,
  clock: Clock,
  listener: HealthListener,
): HealthProbe {
  const client = createClient(Health, running.instance.transport);
  let missed = 0;
  let stopped = false;
  let cancel = () => {};

  async function ask(): Promise<void> {
    const fault = await running.instance.fault?.();
    if (running.instance.ended.aborted || stopped) return;
    try {
      const { status } = await client.check(
        { service: "plugin" },
        { timeoutMs: options.timeoutMs, signal: running.instance.ended },
      );
      missed = 0;
      if (fault !== undefined) listener.onDegraded(fault);
      else if (status === HealthCheckResponse_ServingStatus.SERVING) listener.onHealthy();
      else listener.onDegraded(`the plugin reports health status ${status}`);
    } catch (thrown) {
      if (running.instance.ended.aborted || stopped) return;
      const { code, rawMessage } = asConnectError(thrown);
      // Any answer counts: a plugin without this service is judged by its process or thread alone.
      if (code === Code.Unimplemented || code === Code.NotFound) {
        missed = 0;
      } else if (++missed >= options.misses) {
        return listener.onUnresponsive(`${missed} health checks in a row were not answered: ${rawMessage}`);
      } else {
        listener.onDegraded(`a health check was not answered: ${rawMessage}`);
      }
    }
    schedule();
  }

  function schedule(): void {
    if (stopped || running.instance.ended.aborted) return;
    cancel = clock.after(options.intervalMs, () => void ask(), { background: true });
  }

  const stop = () => {
    stopped = true;
    cancel();
  };
  // No timer outlives the instance, even if the probe is not stopped.
  running.instance.ended.addEventListener("abort", stop, { once: true });
  schedule();
  return { stop };
}
