/** Calls to a plugin whose instances are replaced: each call goes to the current instance, or waits for the one that is starting. */
import type { ConnectError } from "@connectrpc/connect";
import { asConnectError } from "../../transports/calls/connect-error.ts";
import { deadlineExceeded } from "../../transports/calls/errors.ts";
import { deferReply } from "../../transports/calls/lanes.ts";
import { watchStream } from "../../transports/calls/watch.ts";
import type { Called, Carrier, StreamCall, StreamReply, UnaryCall, UnaryReply } from "../../transports/connection.ts";
import { withDeadline } from "../../transports/time/deadline.ts";
import type { PluginInstance } from "../../transports/transport.ts";
import type { RunningInstance } from "./running-instance.ts";
import type { Supervisor } from "./supervisor.ts";

/** Called for a call that found no instance. The others are seen by the instance's own observer. */
export type OnMissed = (call: Called, error: ConnectError) => void;

/**
 * @param carrierOf what calls to an instance go over
 * @param waitForReady whether a call waits for an instance that is starting, or fails at once
 */
export function lastingCarrier<T>(
  supervisor: Supervisor,
  carrierOf: (instance: PluginInstance) => Carrier<T>,
  waitForReady: boolean,
  onMissed: OnMissed,
): Carrier<T> {
  async function find(call: Called): Promise<RunningInstance> {
    const { deadline, signal } = call;
    try {
      if (deadline === undefined) return await supervisor.acquire({ wait: waitForReady, signal });
      const late = () => deadlineExceeded("the plugin was not ready in time");
      const timeoutMs = deadline - performance.now();
      return await withDeadline({ timeoutMs, late, signal }, (both) =>
        supervisor.acquire({ wait: waitForReady, signal: both }),
      );
    } catch (thrown) {
      const error = asConnectError(thrown);
      onMissed(call, error);
      throw error;
    }
  }

  /** The instance that a call can go to at once. */
  function current(): RunningInstance | undefined {
    const { running } = supervisor;
    return running?.isOpen ? running : undefined;
  }

  function unaryOn(running: RunningInstance, call: UnaryCall<T>): Promise<UnaryReply<T>> {
    running.begin();
    const reply = carrierOf(running.instance).unary(call);
    reply.then(running.end, running.end);
    return reply;
  }

  function streamOn(running: RunningInstance, call: StreamCall<T>): StreamReply<T> {
    running.begin();
    return watchStream(carrierOf(running.instance).stream(call), running.end);
  }

  return {
    unary(call) {
      const running = current();
      return running === undefined ? find(call).then((found) => unaryOn(found, call)) : unaryOn(running, call);
    },
    stream(call) {
      const running = current();
      if (running !== undefined) return streamOn(running, call);
      return deferReply(find(call).then((found) => streamOn(found, call)));
    },
  };
}
