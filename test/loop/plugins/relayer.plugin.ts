/** A relayer plugin whose relayer is named after its config, and whose provider transmits from the keystore's account. */
import { relayerHandshake } from "../../../src/loop/handshakes.ts";
import { servePluginRelayer } from "../../../src/loop/relayer/server.ts";
import { definePlugin } from "../../../transports/plugin.ts";
import { createSampleProvider, createSampleService } from "../samples.ts";

export default definePlugin({
  handshake: relayerHandshake,
  setup: ({ broker, log }) =>
    servePluginRelayer(
      {
        ...createSampleService("SampleRelayerPlugin"),
        async newRelayer(config, keystore) {
          const provider = createSampleProvider();
          return {
            ...createSampleService("SampleRelayer"),
            newConfigProvider: async () => provider,
            newMedianProvider: async (_, { transmitterId }) => ({
              ...provider,
              contractTransmitter: {
                ...provider.contractTransmitter,
                async fromAccount(options) {
                  const signature = await keystore.sign(transmitterId, Uint8Array.of(7), options);
                  return `${transmitterId}:${signature.join("")}`;
                },
              },
            }),
            latestHead: async () => ({ height: "1", hash: new Uint8Array(32), timestamp: 1n }),
            chainStatus: async () => ({ id: "sample", enabled: true, config }),
            nodeStatuses: async () => ({ nodes: [], total: 0, nextPageToken: "" }),
          };
        },
        close: async () => log.info("the sample relayer is closed"),
      },
      broker,
    ),
});
