/** The in-process transport: plugin and host share everything but, by default, their messages. */
import { ConnectError } from "@connectrpc/connect";
import { ignore, untilAbortedOnce } from "../calls/iterables.ts";
import { createConnection, createLifeline } from "../calls/life.ts";
import { settleWithin } from "../time/settle.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  LaunchError,
  type Life,
  type PluginInstance,
  type PluginTransport,
} from "../transport.ts";
import { type Carriers, carry, createBrokerPair } from "./broker.ts";
import { type InProcessGuest, startGuest } from "./guest.ts";
import { type InProcessSpec, inProcessOptions } from "./options.ts";

export function createInProcessTransport(): PluginTransport<InProcessSpec> {
  return {
    kind: "in-process",
    capabilities: {
      boundary: "none",
      preemptible: false,
      memoryLimit: false,
      crossLanguage: false,
      capturesConsole: false,
    },
    options: inProcessOptions,
    launch,
  };
}

async function launch(spec: InProcessSpec, life: Life): Promise<PluginInstance> {
  const lifeline = createLifeline(life.name, life.generation);
  const ending = new AbortController();
  const limit = life.maxMessageBytes ?? defaultMaxMessageBytes;
  const brokers = createBrokerPair(lifeline.ended, spec.messages, limit);
  const starting = startGuest(spec.module, life, brokers.plugin, ending.signal);
  let guest: InProcessGuest;
  let carriers: Carriers;
  try {
    guest = await untilAbortedOnce(starting, life.signal);
    carriers = carry(guest.routes, spec.messages, limit);
  } catch (cause) {
    ending.abort();
    lifeline.end({ reason: "crashed", lastStderr: [] });
    // Nothing ends a setup that is under way, and what it has made or will make has to be disposed.
    starting.then((made) => made.dispose()).catch(ignore);
    if (cause instanceof LaunchError) throw cause;
    throw new LaunchError("launch-failed", ConnectError.from(cause).rawMessage, { cause });
  }

  let disposing: Promise<void> | undefined;
  const dispose = () => {
    disposing ??= guest.dispose();
    return disposing;
  };
  const connection = createConnection(carriers, lifeline.ended, () => end(0));
  const end = async (graceMs: number, reason?: ExitReason) => {
    ending.abort();
    const disposed = await settleWithin(dispose(), graceMs);
    lifeline.end({
      reason: reason ?? (disposed.settled ? "clean" : "killed"),
      lastStderr: [],
      ...(disposed.error === undefined ? {} : { message: String(disposed.error) }),
    });
  };
  return {
    ...connection,
    broker: brokers.host,
    facts: { protocolVersion: guest.protocolVersion },
    ended: lifeline.ended,
    exited: lifeline.exited,
    async stop({ graceMs, reason }) {
      void end(graceMs, reason);
      return lifeline.exited;
    },
    kill(reason = "killed") {
      ending.abort();
      lifeline.end({ reason, lastStderr: [] });
      void settleWithin(dispose(), 0);
    },
  };
}
