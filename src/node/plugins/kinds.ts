/** The kinds of plugins that a node runs: what is built in, and how host and plugin recognise each other. */

import type { Handshake } from "../../../transports/plugin.ts";
import { genericHandshake, medianHandshake, relayerHandshake } from "../../loop/handshakes.ts";

export interface PluginKind {
  readonly handshake: Handshake;
  /** Absent: only a command can be run. */
  readonly builtIn?: URL;
}

export const pluginKinds: Readonly<Record<string, PluginKind>> = {
  median: { handshake: medianHandshake, builtIn: new URL("../../plugins/median/plugin.ts", import.meta.url) },
  simulated: { handshake: relayerHandshake, builtIn: new URL("../../plugins/simulated/plugin.ts", import.meta.url) },
  evm: { handshake: relayerHandshake },
  solana: { handshake: relayerHandshake },
  starknet: { handshake: relayerHandshake },
};

/** The plugins of a product that a job names. */
export const productKind: PluginKind = { handshake: genericHandshake };
