/** What the simulated relayer serves for one contract: config, transmitter and everything that the median needs. */
import type { Logger } from "../../../transports/plugin.ts";
import { type Address, createEvmConfigDigester } from "../../chains/evm/config-digest.ts";
import { evmReportCodec } from "../../chains/evm/median-report-codec.ts";
import { encodeTransmitCall } from "../../chains/evm/transmit-call.ts";
import { onchainConfigCodec } from "../../chains/median-onchain-config.ts";
import type { Keystore } from "../../loop/keystore/types.ts";
import type { MedianProvider } from "../../loop/median-provider/types.ts";
import type { ConfigProvider, ContractTransmitter, PluginProvider } from "../../loop/provider/types.ts";
import type { Service } from "../../loop/types.ts";
import { errorText } from "../../values/error-text.ts";
import type { Aggregator } from "./aggregator.ts";
import type { SimulatedChain } from "./chain.ts";

export interface SimulatedConfigProviderOptions {
  readonly service: Service;
  readonly chain: SimulatedChain;
  readonly contract: Address;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface SimulatedPluginProviderOptions extends SimulatedConfigProviderOptions {
  /** The account that transmits. */
  readonly transmitter: Address;
  readonly keystore: Keystore;
  readonly log: Logger;
}

export function createSimulatedConfigProvider(options: SimulatedConfigProviderOptions): ConfigProvider {
  const { chain, contract } = options;
  return {
    ...options.service,
    offchainConfigDigester: createEvmConfigDigester(chain.chainId, contract),
    contractConfigTracker: {
      async latestConfigDetails() {
        const { configDigest, configs } = aggregatorOf(options);
        return { changedInBlock: configs.at(-1)?.block.number ?? 0n, configDigest };
      },
      async latestConfig(changedInBlock) {
        const found = aggregatorOf(options).configs.findLast(({ block }) => block.number === changedInBlock);
        if (found === undefined) throw new RangeError(`No config was set at ${contract} in block ${changedInBlock}`);
        return found.config;
      },
      latestBlockHeight: async () => chain.head().number,
    },
  };
}

/** For products of every kind. The contract is always a feed and accepts only a feed's reports. */
export function createSimulatedPluginProvider(options: SimulatedPluginProviderOptions): PluginProvider {
  return { ...createSimulatedConfigProvider(options), contractTransmitter: createTransmitter(options) };
}

export function createSimulatedMedianProvider(options: SimulatedPluginProviderOptions): MedianProvider {
  return {
    ...createSimulatedPluginProvider(options),
    reportCodec: evmReportCodec,
    onchainConfigCodec,
    medianContract: {
      async latestTransmissionDetails() {
        const { configDigest, epoch, round, answer, answerTimestamp } = aggregatorOf(options);
        return { configDigest, epoch, round, latestAnswer: answer, latestTimestamp: answerTimestamp * 1000 };
      },
      async latestRoundRequested(lookbackMs) {
        const request = aggregatorOf(options).roundRequested;
        const notBefore = options.now() - lookbackMs;
        if (request === undefined || request.block.timestamp * 1000 < notBefore) {
          return { configDigest: new Uint8Array(32), epoch: 0, round: 0 };
        }
        const { configDigest, epoch, round } = request;
        return { configDigest, epoch, round };
      },
    },
  };
}

function createTransmitter(options: SimulatedPluginProviderOptions): ContractTransmitter {
  const { chain, contract, transmitter, keystore, log } = options;
  return {
    async transmit(context, report, signatures, call) {
      // No signature is needed, but only accounts in the host's keystore may send.
      await keystore.sign(transmitter, new Uint8Array(), call);
      const { epoch, round } = context.reportTimestamp;
      const fields = { contract, epoch, round };
      const calldata = encodeTransmitCall(context, report, signatures);
      try {
        const { answer, block } = await chain.transmit({ from: transmitter, to: contract, calldata });
        log.debug("The contract accepted a transmission", {
          ...fields,
          answer: String(answer),
          block: String(block.number),
        });
      } catch (error) {
        log.warn("The contract refused a transmission", { ...fields, error: errorText(error) });
        throw error;
      }
    },
    async latestConfigDigestAndEpoch() {
      const { configDigest, epoch } = aggregatorOf(options);
      return { configDigest, epoch };
    },
    fromAccount: async () => transmitter,
  };
}

function aggregatorOf({ chain, contract }: SimulatedConfigProviderOptions): Aggregator {
  const aggregator = chain.aggregator(contract);
  if (aggregator === undefined) throw new RangeError(`There is no contract at ${contract} on the simulated chain`);
  return aggregator;
}
