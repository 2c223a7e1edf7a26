/** The providers that a job's product can ask its relayer for. */
import type { Connection } from "../../../transports/connection.ts";
import type { Job } from "../../jobs/types.ts";
import { createMedianProviderClient } from "../../loop/median-provider/client.ts";
import type { MedianProvider } from "../../loop/median-provider/types.ts";
import { createPluginProviderClient } from "../../loop/provider/client.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { PluginArgs, RelayArgs } from "../../loop/relayer/types.ts";
import type { Product } from "./product.ts";

/** The part of a product that depends on its provider's type. */
export interface JobProvider<P extends PluginProvider> extends Pick<Product, "createProvider" | "latestAnswer"> {
  readonly provider: P;
}

export function createMedianProvider(job: Job, connection: Connection): JobProvider<MedianProvider> {
  const provider = createMedianProviderClient(connection, { name: `${job.plugin}.MedianProvider` });
  return {
    provider,
    createProvider: (relayer, options) => relayer.newMedianProvider(...argsOf(job), options),
    latestAnswer: async (options) => (await provider.medianContract.latestTransmissionDetails(options)).latestAnswer,
  };
}

export function createPluginProvider(job: Job, connection: Connection): JobProvider<PluginProvider> {
  return {
    provider: createPluginProviderClient(connection, { name: `${job.plugin}.PluginProvider` }),
    async createProvider(relayer, options) {
      if (relayer.newPluginProvider === undefined) {
        throw new TypeError(`The relayer ${relayer.name()} has no provider for generic products`);
      }
      return relayer.newPluginProvider(...argsOf(job), options);
    },
  };
}

function argsOf(job: Job): [RelayArgs, PluginArgs] {
  const { externalJobId, contractId, relayConfig, pluginConfig, transmitterId } = job;
  return [
    { externalJobId, jobId: 1, contractId, isNew: true, relayConfig },
    { transmitterId, pluginConfig },
  ];
}
