/** The kinds of plugins that a node runs: what is built in, and how host and plugin recognise each other. */

import type { Handshake } from "../../../transports/plugin.ts";
import { chainFamilies } from "../../chains/index.ts";
import { genericHandshake, medianHandshake, relayerHandshake } from "../../loop/handshakes.ts";

export interface PluginKind {
  readonly handshake: Handshake;
  /** Absent: the user has to name a command or a module. */
  readonly builtIn?: URL;
}

/** By the first part of a plugin's name, as in `median.btc-usd` and `evm.31337`. A product that a job names is a kind as well. */
export const pluginKinds: Readonly<Record<string, PluginKind>> = {
  median: { handshake: medianHandshake, builtIn: new URL("../../plugins/median/plugin.ts", import.meta.url) },
  ...Object.fromEntries(chainFamilies.map(({ name, builtIn }) => [name, relayerKind(builtIn?.module)])),
};

export const kindNames: readonly string[] = Object.keys(pluginKinds);

/** The kind of every product that a job names. */
export const productKind: PluginKind = { handshake: genericHandshake };

/** All relayers have the same handshake. */
function relayerKind(builtIn: URL | undefined): PluginKind {
  return { handshake: relayerHandshake, ...(builtIn === undefined ? {} : { builtIn }) };
}
