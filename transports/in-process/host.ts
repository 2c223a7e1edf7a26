/** The in-process transport: plugin and host share everything but, by default, their messages. */
import { errorText } from "../../src/values/error-text.ts";
import { textWithoutCode } from "../calls/connect-error.ts";
import { type Carriers, createConnection } from "../calls/connection.ts";
import { createInstanceEnd } from "../calls/instance-end.ts";
import { ignore, untilAbortedOnce } from "../calls/iterables.ts";
import { settleWithin } from "../time/settle.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  type Launch,
  LaunchError,
  type PluginInstance,
  type PluginTransport,
} from "../transport.ts";
import { createBrokerPair } from "./broker.ts";
import { carry } from "./carry.ts";
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

async function launch(spec: InProcessSpec, launch: Launch): Promise<PluginInstance> {
  const instanceEnd = createInstanceEnd(launch.name, launch.generation);
  const ending = new AbortController();
  const limit = launch.maxMessageBytes ?? defaultMaxMessageBytes;
  const brokers = createBrokerPair(instanceEnd.ended, spec.messages, limit);
  const starting = startGuest(spec.module, launch, brokers.plugin, ending.signal);
  let guest: InProcessGuest;
  let carriers: Carriers;
  try {
    guest = await untilAbortedOnce(starting, launch.signal);
    carriers = carry(guest.answer(), spec.messages, limit);
  } catch (cause) {
    ending.abort();
    instanceEnd.end({ reason: "crashed", lastStderr: [] });
    // Nothing ends a setup that is under way, and what it has made or will make has to be disposed.
    starting.then((made) => made.dispose()).catch(ignore);
    if (cause instanceof LaunchError) throw cause;
    throw new LaunchError("launch-failed", textWithoutCode(cause), { cause });
  }

  let disposing: Promise<void> | undefined;
  const dispose = () => {
    disposing ??= guest.dispose();
    return disposing;
  };
  const connection = createConnection(carriers, instanceEnd.ended, () => end(0));
  const end = async (graceMs: number, reason?: ExitReason) => {
    ending.abort();
    const disposed = await settleWithin(dispose(), graceMs);
    instanceEnd.end({
      reason: reason ?? (disposed.settled ? "clean" : "killed"),
      lastStderr: [],
      ...(disposed.error === undefined ? {} : { message: errorText(disposed.error) }),
    });
  };
  return {
    ...connection,
    broker: brokers.host,
    facts: { protocolVersion: guest.protocolVersion },
    ended: instanceEnd.ended,
    exited: instanceEnd.exited,
    async stop({ graceMs, reason }) {
      void end(graceMs, reason);
      return instanceEnd.exited;
    },
    kill(reason = "killed") {
      ending.abort();
      instanceEnd.end({ reason, lastStderr: [] });
      void settleWithin(dispose(), 0);
    },
  };
}
