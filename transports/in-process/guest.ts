/** The plugin's side in the host's own process: there is nothing to prepare but the agreement of both sides. */

import { errorText } from "../../src/values/error-text.ts";
import type { Broker } from "../broker.ts";
import { checkCookie, type Guest, type GuestProgramModule, loadPlugin, negotiateVersion } from "../guest.ts";
import { plainEntry } from "../logs/plain-entry.ts";
import { defaultHandshake, type PluginModule } from "../plugin.ts";
import { type Launch, LaunchError } from "../transport.ts";

export interface InProcessGuest extends Guest {
  readonly protocolVersion: number;
}

/** @throws LaunchError */
export async function startGuest(
  source: URL | PluginModule,
  launch: Launch,
  broker: Broker,
  signal: AbortSignal,
): Promise<InProcessGuest> {
  const plugin = source instanceof URL ? await loadPlugin(source.href) : source;
  const { guestProgram }: GuestProgramModule = await import(launch.guestProgram.href);
  const protocolVersion = agree(launch, plugin);
  const guest = await guestProgram({
    plugin,
    config: launch.config,
    broker,
    protocolVersion,
    signal,
    ownProcess: false,
    ownThread: false,
    log: (entry) => launch.onLog(plainEntry(entry).entry),
  });
  return { ...guest, protocolVersion };
}

function agree(launch: Launch, plugin: PluginModule): number {
  const handshake = plugin.handshake ?? defaultHandshake;
  try {
    checkCookie(launch.handshake, handshake);
    return negotiateVersion(launch.handshake.protocolVersions, handshake.protocolVersions);
  } catch (cause) {
    throw new LaunchError("handshake-failed", errorText(cause), { cause });
  }
}
