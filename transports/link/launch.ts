/**
 * One instance of a plugin at the other end of a channel, as its host sees it. Where the plugin is and how it is ended by force is
 * the transport's affair: it gives a {@link LinkedGuest} and gets a complete instance.
 */
import { errorText } from "../../src/values/error-text.ts";
import { createConnection, overBytes } from "../calls/connection.ts";
import { endedByItself, endedEarly } from "../calls/errors.ts";
import { createInstanceEnd } from "../calls/instance-end.ts";
import { abortReason, ignore } from "../calls/iterables.ts";
import { createStderrTail } from "../logs/stderr-tail.ts";
import { settleWithin } from "../time/settle.ts";
import {
  defaultMaxMessageBytes,
  type ExitReason,
  type Launch,
  LaunchError,
  type PluginExit,
  type PluginFacts,
  type PluginInstance,
} from "../transport.ts";
import { createLinkBroker } from "./broker.ts";
import type { Channel } from "./channel.ts";
import { brand, type FromGuest, type FromHost, readFromGuest } from "./control.ts";
import { createIntake } from "./intake.ts";
import { createLink } from "./link.ts";
import { takenStep } from "./log-window.ts";

/** The thread, process or machine that runs a plugin's code, or is about to. */
export interface LinkedGuest {
  /** To the guest, which waits there to begin (see {@link serveOverLink} in program.ts). */
  readonly channel: Channel;
  readonly module: URL;
  /** How many of them there are for the plugin's calls; of more than one, none has a broker. @default 1 */
  readonly threads?: number;
  /** Settles when it has ended by itself, with what was seen of it; "clean" when the plugin ran to its end. */
  readonly ended: Promise<Partial<PluginExit>>;
  /** Ends it by force if it is still running, and removes all of it. Called once. */
  destroy(): Promise<unknown>;
}

/** How long a guest may take to say why its channel has closed, and to be removed. */
const endMs = { word: 1000, destroy: 5000 };

/** Launches an instance and resolves when it can be called. @throws LaunchError */
export async function launchOverLink(guest: LinkedGuest, launch: Launch): Promise<PluginInstance> {
  const { channel } = guest;
  const maxMessageBytes = launch.maxMessageBytes ?? defaultMaxMessageBytes;
  const instanceEnd = createInstanceEnd(launch.name, launch.generation);
  const stderr = createStderrTail();
  const ready = Promise.withResolvers<PluginFacts>();
  ready.promise.catch(ignore);

  /** Lines of the plugin's log so far. */
  let logged = 0;
  /** What the host or the guest said of the end before it came. */
  let announced: Partial<PluginExit> = {};
  const announce = (exit: Partial<PluginExit>) => {
    if (announced.reason === undefined) announced = exit;
  };

  /** A guest that is ended by force may go on for some milliseconds; its answers no longer count. */
  let killed = false;

  const post = (message: FromHost) => channel.post(brand(message));
  const link = createLink({ side: "host", maxMessageBytes, post: (chunk) => channel.post(chunk) });
  const broker = createLinkBroker(link, instanceEnd.ended, maxMessageBytes, post);

  // A plugin may send more at once than the host should read at once, and some of it in pieces of its own choice.
  const intake = createIntake((message) => {
    if (message instanceof Uint8Array) return killed ? undefined : link.frames(message);
    const control = readFromGuest(message);
    if (control !== undefined) onControl(control);
    return undefined;
  }, breakOff);

  function onControl(message: FromGuest): void {
    switch (message.type) {
      case "ready":
        return ready.resolve(message.facts);
      case "failed":
        return ready.reject(new LaunchError(message.code, message.message, { lastStderr: stderr.lines() }));
      case "log":
        if (++logged % takenStep === 0) post({ type: "logged", count: takenStep });
        stderr.note(message.entry);
        return launch.onLog(message.entry);
      case "crashed":
        stderr.add(message.message);
        return announce({ reason: "crashed", message: firstLine(message.message) });
      case "exiting":
        return announce({ reason: endedByItself(message.code), code: message.code });
      default:
        return broker.onAnnouncement(message);
    }
  }

  function breakOff(error: unknown): void {
    announce({ reason: "protocol-error", message: errorText(error) });
    kill();
  }

  async function onClose(error?: Error): Promise<void> {
    if (error !== undefined) return breakOff(error);
    // The guest knows better than its channel why it ended, and mostly says so at the same moment.
    await settleWithin(guest.ended, endMs.word);
    await over({ message: "the connection to the plugin was lost" });
  }

  let overing: Promise<void> | undefined;
  /** The guest has ended or must end: removes all of it, then says that the instance has ended. */
  function over(observed: Partial<PluginExit>): Promise<void> {
    overing ??= (async () => {
      await settleWithin(guest.destroy(), endMs.destroy);
      void channel.close();
      intake.finish();
      const exit: PluginExit = { reason: "crashed", lastStderr: stderr.lines(), ...observed, ...announced };
      instanceEnd.end(exit);
      link.close(abortReason(instanceEnd.ended));
      ready.reject(endedEarly(exit));
    })();
    return overing;
  }

  function kill(reason: ExitReason = "killed"): void {
    killed = true;
    announce({ reason });
    void over({});
  }

  guest.ended.then(over, (error: unknown) => over({ message: errorText(error) }));
  channel.listen({ onMessage: intake.add, onClose: (error) => void onClose(error) });

  const onAbort = () => {
    ready.reject(
      new LaunchError("launch-failed", abortReason(launch.signal).rawMessage, { lastStderr: stderr.lines() }),
    );
  };
  if (launch.signal.aborted) onAbort();
  else launch.signal.addEventListener("abort", onAbort, { once: true });
  let facts: PluginFacts;
  try {
    post({
      type: "begin",
      plugin: guest.module.href,
      guestProgram: launch.guestProgram.href,
      config: asJson(launch.config),
      handshake: launch.handshake,
      maxMessageBytes,
      threads: guest.threads ?? 1,
    });
    facts = await ready.promise;
  } catch (cause) {
    kill();
    await overing;
    if (cause instanceof LaunchError) throw cause;
    throw new LaunchError("launch-failed", `Cannot tell the plugin to begin: ${errorText(cause)}`, { cause });
  } finally {
    launch.signal.removeEventListener("abort", onAbort);
  }

  return {
    ...createConnection(overBytes(link.carrier(0), maxMessageBytes), instanceEnd.ended, async () => kill()),
    broker,
    facts,
    ended: instanceEnd.ended,
    exited: instanceEnd.exited,
    async stop({ graceMs, reason }) {
      if (reason !== undefined) announce({ reason });
      post({ type: "stop" });
      const stopped = await settleWithin(instanceEnd.exited, graceMs);
      if (!stopped.settled) kill();
      return instanceEnd.exited;
    },
    kill,
  };
}

/** What JSON makes of a config, whatever else a channel could take. @throws LaunchError */
function asJson(config: unknown): unknown {
  try {
    const json = JSON.stringify(config);
    return json === undefined ? undefined : JSON.parse(json);
  } catch (cause) {
    throw new LaunchError("launch-failed", `Cannot send the plugin its config: ${errorText(cause)}`, { cause });
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
