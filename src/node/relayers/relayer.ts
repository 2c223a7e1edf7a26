/** A chain's relayer: the plugin that runs it, and the relayer of the plugin's current instance. */
import type { Keystore } from "../../loop/keystore/types.ts";
import { createPluginRelayerClient } from "../../loop/relayer/client.ts";
import type { Relayer } from "../../loop/relayer/types.ts";
import type { PluginHandle } from "../../runtime/plugin-handle.ts";
import type { Resource } from "../../runtime/resources.ts";
import { withoutConfig } from "./refused-config.ts";

export interface NodeRelayer {
  readonly plugin: PluginHandle;
  readonly relayer: Resource<Relayer>;
}

/** How long making one LOOP object may take. */
export const createTimeoutMs = 10_000;

/**
 * @param config the chain's table in the shape that the plugin reads
 * @param timeoutMs how long making a relayer may take, even when no caller waits for it any more
 */
export function createNodeRelayer(
  plugin: PluginHandle,
  config: string,
  keystore: Keystore,
  timeoutMs = createTimeoutMs,
): NodeRelayer {
  return {
    plugin,
    relayer: plugin.resource({
      create: (instance) =>
        createPluginRelayerClient(instance, instance.broker, { name: plugin.name })
          .newRelayer(config, keystore, { timeoutMs, signal: instance.signal })
          .catch((error: unknown) => {
            throw withoutConfig(error, config, plugin.name);
          }),
      dispose: (relayer) => relayer.close({ timeoutMs: 1000 }),
    }),
  };
}
