/**
 * A chain of OCR2 aggregators without nodes: a ledger of transactions, and the state that follows from them. It refuses what an
 * EVM contract would refuse, and a refused transaction takes a block too.
 */
import { randomUUID } from "node:crypto";
import { bytesToHex, getAddress } from "viem/utils";
import type { Address } from "../../chains/evm/config-digest.ts";
import { hashWithContextWords } from "../../chains/evm/report-hash.ts";
import { decodeTransmitCall, type TransmitCall } from "../../chains/evm/transmit-call.ts";
import { recoverSigner } from "../../chains/secp256k1-keyring.ts";
import type { ConfigArguments, Feed } from "../../chains/simulated/settings.ts";
import { type Aggregator, Revert } from "./aggregator.ts";
import { createChainState, type Head, type Outcome, type TransmissionReceipt } from "./chain-state.ts";
import { configToJson, feedToJson, type Genesis, isEntry, type Transaction } from "./entry.ts";
import type { Ledger } from "./ledger.ts";

export interface SimulatedChainOptions {
  readonly chainId: bigint;
  readonly ledger: Ledger;
  /** After this time without transactions the chain makes an empty block, in milliseconds. Default 1000. */
  readonly blockTimeMs?: number;
  /** The number of configs that a contract counts before its first one. Default 0. */
  readonly configCount?: bigint;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

export interface SimulatedChain {
  readonly chainId: bigint;
  head(): Head;
  /** The contract at an address, in its current state. Call again for a later state. */
  aggregator(address: Address): Aggregator | undefined;
  /**
   * Does nothing when the same feed is already deployed.
   * @throws RangeError when another feed has the address
   */
  deploy(feed: Feed): void;
  /** @throws Revert */
  setConfig(address: Address, config: ConfigArguments): void;
  /** Sets the config unless the same one is in force. @throws Revert */
  ensureConfig(address: Address, config: ConfigArguments): void;
  requestNewRound(address: Address): void;
  /** @throws Revert when the contract refuses */
  transmit(transaction: { from: Address; to: Address; calldata: Uint8Array }): Promise<TransmissionReceipt>;
  /** The latest transmissions, refused ones too, oldest first, at most 1000. */
  transmissions(): readonly TransmissionReceipt[];
  close(): void;
}

/**
 * Continues the chain of a ledger, or starts one. The chain keeps the block time and the config count with which it started.
 * @throws RangeError when the ledger belongs to another chain
 */
export function openSimulatedChain(options: SimulatedChainOptions): SimulatedChain {
  const { chainId, ledger, now = Date.now } = options;
  const state = createChainState();
  /** Transactions that were sent from here, until their outcome is known. */
  const awaited = new Map<string, Outcome | undefined>();

  function sync() {
    for (const entry of ledger.read()) {
      if (!isEntry(entry)) continue;
      const outcome = state.apply(entry);
      if (entry.type !== "genesis" && awaited.has(entry.id)) awaited.set(entry.id, outcome);
    }
  }

  function send(transaction: Transaction): TransmissionReceipt | undefined {
    const id = randomUUID();
    awaited.set(id, undefined);
    try {
      ledger.append({ ...transaction, id, timeMs: now() });
      sync();
      const outcome = awaited.get(id);
      if (outcome === undefined) {
        throw new Error("The simulated chain has lost a transaction: its state file was truncated or replaced");
      }
      if (outcome.error !== undefined) throw outcome.error;
      return outcome.receipt;
    } finally {
      awaited.delete(id);
    }
  }

  sync();
  if (state.chainId === undefined) {
    const { blockTimeMs = 1000, configCount = 0n } = options;
    const genesis = {
      type: "genesis",
      chainId: String(chainId),
      blockTimeMs,
      configCount: String(configCount),
    } as const;
    ledger.append({ ...genesis, timeMs: now() } satisfies Genesis);
    sync();
  }
  if (state.chainId !== chainId) {
    throw new RangeError(`Cannot open the simulated chain ${chainId}: its state belongs to chain ${state.chainId}`);
  }

  return {
    chainId,

    head() {
      sync();
      return state.headAt(now());
    },

    aggregator(address) {
      sync();
      return state.aggregators.get(getAddress(address));
    },

    deploy(feed) {
      const to = getAddress(feed.address);
      sync();
      if (!state.aggregators.has(to)) send({ type: "deploy", to, feed: feedToJson(feed) });
      const deployed = state.aggregators.get(to)?.feed;
      for (const key of ["minAnswer", "maxAnswer", "decimals", "description"] as const) {
        if (deployed?.[key] === feed[key]) continue;
        throw new RangeError(
          `Cannot deploy the feed at ${to}: there is one whose ${key} is ${deployed?.[key]}, not ${feed[key]}; use another address`,
        );
      }
    },

    setConfig(to, config) {
      send({ type: "set-config", to, unlessInForce: false, config: configToJson(config) });
    },

    ensureConfig(to, config) {
      send({ type: "set-config", to, unlessInForce: true, config: configToJson(config) });
    },

    requestNewRound(to) {
      send({ type: "request-new-round", to });
    },

    async transmit({ from, to, calldata }) {
      const recovered = recoverSigners(calldata);
      const receipt = send({ type: "transmit", from, to, calldata: bytesToHex(calldata), recovered });
      if (receipt?.refused !== undefined) throw new Revert(receipt.refused);
      return receipt!;
    },

    transmissions() {
      sync();
      return [...state.receipts];
    },

    close: () => ledger.close(),
  };
}

/**
 * Recovers the signers once, when a transaction is sent, so that reading a long ledger needs no cryptography. Calldata that is
 * not a transmit call has no signers; the contract will refuse it.
 */
function recoverSigners(calldata: Uint8Array): (Address | null)[] {
  let call: TransmitCall;
  try {
    call = decodeTransmitCall(calldata);
  } catch {
    return [];
  }
  const hash = hashWithContextWords(call.context, call.report);
  return call.rs.map((r, index) => {
    const signer = recoverSigner(hash, r, call.ss[index] ?? new Uint8Array(32), call.rawVs[index] ?? 0);
    return signer === undefined ? null : getAddress(bytesToHex(signer));
  });
}
