/** The state of a chain after a ledger's entries: the same for all readers, because all read them in the same order. */
import { createHash } from "node:crypto";
import { bytesToHex, getAddress, hexToBytes } from "viem/utils";
import type { Address } from "../../chains/evm/config-digest.ts";
import { type Aggregator, type Block, createAggregator, Revert } from "./aggregator.ts";
import {
  configFromJson,
  configToJson,
  type Entry,
  type EntryStamp,
  feedFromJson,
  type JsonConfig,
  type Transaction,
} from "./entry.ts";

export interface ChainState {
  /** `undefined` before the first entry. */
  readonly chainId: bigint | undefined;
  readonly aggregators: ReadonlyMap<Address, Aggregator>;
  /** The latest transmissions, refused ones too, oldest first, at most {@link maxReceipts}. */
  readonly receipts: readonly TransmissionReceipt[];
  apply(entry: Entry): Outcome;
  /** The newest block at a point in time. */
  headAt(timeMs: number): Head;
}

export interface Head extends Block {
  readonly hash: Uint8Array;
}

/** The outcome of a transaction. Without an error it was executed, or there was nothing to do. */
export interface Outcome {
  readonly error?: unknown;
  readonly receipt?: TransmissionReceipt;
}

/** The outcome of a transmission. */
export interface TransmissionReceipt {
  readonly block: Block;
  readonly from: Address;
  readonly to: Address;
  readonly configDigest: Uint8Array;
  /** Logical time of the feed's latest report afterwards. */
  readonly epoch: number;
  readonly round: number;
  /** The feed's answer afterwards. */
  readonly answer: bigint;
  /** The contract's reason to refuse, empty when it gave none; `undefined` when it accepted the transmission. */
  readonly refused: string | undefined;
}

/** How many receipts a chain keeps. */
const maxReceipts = 1000;

export function createChainState(): ChainState {
  let genesis: { chainId: bigint; blockTimeMs: number; configCount: bigint } | undefined;
  let last = { number: 0n, timeMs: 0, hash: new Uint8Array(32) as Uint8Array };
  const aggregators = new Map<Address, Aggregator>();
  const receipts: TransmissionReceipt[] = [];

  function begin(entry: Extract<Entry, { type: "genesis" }>) {
    const { timeMs, blockTimeMs } = entry;
    genesis = { blockTimeMs, chainId: BigInt(entry.chainId), configCount: BigInt(entry.configCount) };
    last = { ...last, timeMs };
  }

  /** Every transaction has its own block, after the empty blocks of the time in which nothing was sent. */
  function nextBlock(entry: EntryStamp): Block {
    const timeMs = Math.max(entry.timeMs, last.timeMs);
    last = {
      number: numberAt(timeMs) + 1n,
      timeMs,
      hash: createHash("sha256").update(last.hash).update(JSON.stringify(entry)).digest(),
    };
    return { number: last.number, timestamp: seconds(timeMs) };
  }

  function numberAt(timeMs: number): bigint {
    if (genesis === undefined) return last.number;
    return last.number + BigInt(Math.floor((timeMs - last.timeMs) / genesis.blockTimeMs));
  }

  function execute(transaction: Transaction & EntryStamp): Outcome {
    const address = getAddress(transaction.to);
    const aggregator = aggregators.get(address);
    if (transaction.type === "deploy") {
      if (aggregator === undefined) {
        const { chainId, configCount } = genesis!;
        const deployed = createAggregator(chainId, feedFromJson(address, transaction.feed), configCount);
        nextBlock(transaction);
        aggregators.set(address, deployed);
      }
      return {};
    }
    if (aggregator === undefined) throw new RangeError(`There is no contract at ${address}`);
    switch (transaction.type) {
      case "set-config":
        if (transaction.unlessInForce && isInForce(aggregator, transaction.config)) return {};
        aggregator.setConfig(configFromJson(transaction.config), nextBlock(transaction));
        return {};
      case "request-new-round":
        aggregator.requestNewRound(nextBlock(transaction));
        return {};
      case "transmit":
        return { receipt: transmit(aggregator, transaction) };
    }
  }

  function transmit(
    aggregator: Aggregator,
    transaction: Extract<Transaction, { type: "transmit" }> & EntryStamp,
  ): TransmissionReceipt {
    const from = getAddress(transaction.from);
    const calldata = hexToBytes(transaction.calldata);
    const recovered = transaction.recovered.map((signer) => signer ?? undefined);
    const block = nextBlock(transaction);
    let refused: string | undefined;
    try {
      aggregator.transmit({ from, calldata, recovered }, block);
    } catch (error) {
      if (!(error instanceof Revert)) throw error;
      refused = error.reason;
    }
    const { feed, configDigest, epoch, round, answer } = aggregator;
    const receipt = { block, from, to: feed.address, configDigest, epoch, round, answer, refused };
    receipts.push(receipt);
    if (receipts.length > maxReceipts) receipts.shift();
    return receipt;
  }

  return {
    get chainId() {
      return genesis?.chainId;
    },
    aggregators,
    receipts,
    apply(entry) {
      try {
        if (entry.type === "genesis") {
          if (genesis === undefined) begin(entry);
          return {};
        }
        return genesis === undefined ? {} : execute(entry);
      } catch (error) {
        return { error };
      }
    },
    headAt(timeMs) {
      const notBefore = Math.max(timeMs, last.timeMs);
      const number = numberAt(notBefore);
      const hash = createHash("sha256").update(last.hash).update(String(number)).digest();
      return { number, timestamp: seconds(notBefore), hash };
    },
  };
}

function isInForce(aggregator: Aggregator, config: JsonConfig): boolean {
  const latest = aggregator.configs.at(-1)?.config;
  if (latest === undefined) return false;
  const signers = latest.signers.map((signer) => bytesToHex(signer));
  const transmitters = latest.transmitters.map((transmitter) => getAddress(transmitter));
  return JSON.stringify(configToJson({ ...latest, signers, transmitters })) === JSON.stringify(config);
}

function seconds(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}
