/**
 * The simulated relayer: serves contracts of a chain in the plugin's memory or, with a state file, on the local disk. A state
 * file keeps the chain over restarts and is safe to share, between two instances of the plugin during a switch and between
 * several nodes on one machine.
 *
 * Without a state file, every instance of the plugin has a new chain. Its contracts count their configs from the current time
 * in seconds, so that the same config gets a different digest than before: oracles then treat the contract as a new one that
 * does not know the reports that they sent to the old one.
 */
import { getAddress, isAddress } from "viem/utils";
import type { Logger } from "../../../transports/plugin.ts";
import type { Address } from "../../chains/evm/config-digest.ts";
import { readSimulatedChainConfig, type SimulatedChainConfig } from "../../chains/simulated/settings.ts";
import type { Head } from "../../loop/head.ts";
import type { Keystore } from "../../loop/keystore/types.ts";
import type { PluginArgs, PluginRelayer, RelayArgs, Relayer } from "../../loop/relayer/types.ts";
import { type Component, createService } from "../../loop/service/component.ts";
import type { CallOptions } from "../../loop/types.ts";
import { openSimulatedChain, type SimulatedChain } from "./chain.ts";
import { createMemoryLedger, openFileLedger } from "./ledger.ts";
import {
  createSimulatedConfigProvider,
  createSimulatedMedianProvider,
  createSimulatedPluginProvider,
} from "./provider.ts";

export interface SimulatedRelayerOptions {
  readonly log: Logger;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/** The root of the simulated relayer plugin. It keeps its chains until it is closed, even when all their relayers are closed. */
export function createSimulatedPluginRelayer(options: SimulatedRelayerOptions): PluginRelayer {
  const chains = new Map<string, SimulatedChain>();

  function chainOf(config: SimulatedChainConfig): SimulatedChain {
    const key = JSON.stringify([String(config.chainId), config.stateFile]);
    const chain = chains.get(key) ?? openChain(config, options);
    chains.set(key, chain);
    return chain;
  }

  const service = createService("PluginSimulated", () => {
    for (const chain of chains.values()) chain.close();
    chains.clear();
  });
  return {
    ...service,
    async newRelayer(toml, keystore) {
      const config = readSimulatedChainConfig(toml);
      const chain = chainOf(config);
      for (const { feed, config: arguments_ } of config.feeds) {
        chain.deploy(feed);
        if (arguments_ !== undefined) chain.ensureConfig(feed.address, arguments_);
      }
      return createSimulatedRelayer(chain, toml, keystore, options, service);
    },
  };
}

/**
 * @param toml the chain's table, as {@link Relayer.chainStatus} shows it
 * @param plugin the component that the relayer is a part of
 */
export function createSimulatedRelayer(
  chain: SimulatedChain,
  toml: string,
  keystore: Keystore,
  options: SimulatedRelayerOptions,
  plugin: Component = createService("PluginSimulated"),
): Relayer {
  const { log, now = Date.now } = options;
  const chainId = String(chain.chainId);
  const service = plugin.part(chainId);

  function head(): Head {
    const { number, hash, timestamp } = chain.head();
    return { height: String(number), hash, timestamp: BigInt(timestamp) };
  }

  function contractOf({ contractId, relayConfig }: RelayArgs): Address {
    refuseOtherChain(chainId, relayConfig);
    const contract = addressOf("contractID", contractId);
    if (chain.aggregator(contract) === undefined) {
      throw new RangeError(
        `Cannot use contractID "${contractId}": the simulated chain ${chainId} has no feed there; add it to the chain's Feeds`,
      );
    }
    return contract;
  }

  async function transmitting(part: string, relayArgs: RelayArgs, pluginArgs: PluginArgs, call?: CallOptions) {
    const contract = contractOf(relayArgs);
    const transmitter = addressOf("transmitterID", pluginArgs.transmitterId);
    await keystore.sign(transmitter, new Uint8Array(), call);
    const providing = service.part(part);
    return {
      service: providing,
      chain,
      contract,
      now,
      transmitter,
      keystore,
      log: log.with({ logger: providing.name() }),
    };
  }

  return {
    ...service,
    async newConfigProvider(args) {
      const contract = contractOf(args);
      return createSimulatedConfigProvider({ service: service.part("ConfigProvider"), chain, contract, now });
    },
    newMedianProvider: async (...args) => createSimulatedMedianProvider(await transmitting("MedianProvider", ...args)),
    newPluginProvider: async (...args) => createSimulatedPluginProvider(await transmitting("PluginProvider", ...args)),
    latestHead: async () => head(),
    // A ledger only grows, so every entry is final.
    finalizedHead: async () => head(),
    chainInfo: async () => ({
      familyName: "simulated",
      chainId,
      networkName: "simulated",
      networkNameFull: `simulated-${chainId}`,
    }),
    chainStatus: async () => ({ id: chainId, enabled: true, config: toml }),
    nodeStatuses: async () => ({ nodes: [], total: 0, nextPageToken: "" }),
  };
}

function openChain(config: SimulatedChainConfig, { now = Date.now }: SimulatedRelayerOptions): SimulatedChain {
  const { chainId, stateFile, blockTimeMs } = config;
  return stateFile === undefined
    ? openSimulatedChain({
        chainId,
        ledger: createMemoryLedger(),
        blockTimeMs,
        configCount: BigInt(Math.floor(now() / 1000)),
        now,
      })
    : openSimulatedChain({ chainId, ledger: openFileLedger(stateFile), blockTimeMs, now });
}

function addressOf(name: string, address: string): Address {
  if (isAddress(address)) return getAddress(address);
  throw new TypeError(
    `Cannot use ${name} "${address}": it is not an address; write 0x and 40 hexadecimal digits, in lower case or with checksum`,
  );
}

/** @throws TypeError when relayConfig is for another chain */
function refuseOtherChain(chainId: string, relayConfig: Uint8Array) {
  if (relayConfig.length === 0) return;
  let chainID: unknown;
  try {
    chainID = JSON.parse(new TextDecoder().decode(relayConfig))?.chainID;
  } catch (cause) {
    throw new SyntaxError("Cannot read relayConfig: it is not JSON", { cause });
  }
  if (chainID !== undefined && String(chainID) !== chainId) {
    throw new TypeError(
      `Cannot use relayConfig: its chainID is ${String(chainID)}, but this relayer serves chain ${chainId}`,
    );
  }
}
