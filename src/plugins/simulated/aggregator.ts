/**
 * An OCR2 aggregator contract in memory. It keeps a config and answers, and makes the checks of the EVM contract, in the same
 * order and with the same reasons. It leaves out one check, `f must be positive`, so that one oracle can run alone.
 */
import { getAddress, hexToBytes } from "viem/utils";
import { type Address, evmConfigDigest } from "../../chains/evm/config-digest.ts";
import { type EvmReport, evmReportLength, readEvmReport } from "../../chains/evm/median-report-codec.ts";
import { decodeTransmitCall, type TransmitCall, transmitCallLength } from "../../chains/evm/transmit-call.ts";
import { encodeOnchainConfig } from "../../chains/median-onchain-config.ts";
import type { ConfigArguments, Feed } from "../../chains/simulated/settings.ts";
import type { ConfigDigest, ContractConfig } from "../../loop/types.ts";
import { equalBytes } from "../../values/bytes.ts";

/** The block of a transaction. */
export interface Block {
  readonly number: bigint;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export interface Transmission {
  readonly from: Address;
  readonly calldata: Uint8Array;
  /** The signers' addresses, in the order of the call's signatures, as `ecrecover` finds them. */
  readonly recovered: readonly (Address | undefined)[];
}

export interface Aggregator {
  readonly feed: Feed;
  /** All zero until there is a config. */
  readonly configDigest: ConfigDigest;
  /** Every config that was set, with its block, oldest first. */
  readonly configs: readonly { readonly block: Block; readonly config: ContractConfig }[];
  /** Logical time of the latest report under this config. */
  readonly epoch: number;
  readonly round: number;
  /** Kept when the config changes, as in the contract. */
  readonly answer: bigint;
  /** Seconds since 1970; 0 before the first report. */
  readonly answerTimestamp: number;
  /** The newest request for a round. */
  readonly roundRequested: RoundRequest | undefined;
  /** @throws Revert */
  setConfig(config: ConfigArguments, block: Block): void;
  /** @throws Revert */
  transmit(transmission: Transmission, block: Block): void;
  requestNewRound(block: Block): void;
}

export interface RoundRequest {
  readonly block: Block;
  readonly configDigest: ConfigDigest;
  readonly epoch: number;
  readonly round: number;
}

/** A transaction that the contract refuses. The reason is the contract's, and empty when Solidity gives none. */
export class Revert extends Error {
  override readonly name = "Revert";
  readonly reason: string;

  constructor(reason: string) {
    super(reason === "" ? "execution reverted" : `execution reverted: ${reason}`);
    this.reason = reason;
  }
}

const maxOracles = 31;

/** @param configCount the number of earlier configs; the digest covers it */
export function createAggregator(chainId: bigint, feed: Feed, configCount: bigint): Aggregator {
  const onchainConfig = encodeOnchainConfig({ min: feed.minAnswer, max: feed.maxAnswer });
  const configs: { block: Block; config: ContractConfig }[] = [];
  let signers: ReadonlySet<Address> = new Set();
  let transmitters: ReadonlySet<Address> = new Set();
  let f = 0;
  let configDigest: ConfigDigest = new Uint8Array(32);
  let latest = { epoch: 0, round: 0 };
  let answer = 0n;
  let answerTimestamp = 0;
  let roundRequested: RoundRequest | undefined;

  function checkSignatures(recovered: readonly (Address | undefined)[]) {
    for (const signer of recovered) check(signer !== undefined && signers.has(signer), "signature error");
    check(new Set(recovered).size === recovered.length, "duplicate signer");
  }

  function checkReport(encoded: Uint8Array): bigint {
    const report = orRevert(() => readEvmReport(encoded));
    check(encoded.length === evmReportLength(report.observations.length), "report length mismatch");
    check(report.observations.length <= maxOracles, "num observations out of bounds");
    check(report.observations.length > f, "too few values to trust median");
    const median = medianOf(report);
    check(feed.minAnswer <= median && median <= feed.maxAnswer, "median is out of min-max range");
    return median;
  }

  return {
    feed,
    configs,
    get configDigest() {
      return configDigest;
    },
    get epoch() {
      return latest.epoch;
    },
    get round() {
      return latest.round;
    },
    get answer() {
      return answer;
    },
    get answerTimestamp() {
      return answerTimestamp;
    },
    get roundRequested() {
      return roundRequested;
    },

    setConfig(config, block) {
      check(config.signers.length <= maxOracles, "too many oracles");
      check(config.signers.length === config.transmitters.length, "oracle length mismatch");
      check(3 * config.f < config.signers.length, "faulty-oracle f too high");
      // Left out here: f > 0, else "f must be positive".
      check(equalBytes(config.onchainConfig, onchainConfig), "invalid onchainConfig");
      const newSigners = config.signers.map((signer) => getAddress(signer));
      const newTransmitters = config.transmitters.map((transmitter) => getAddress(transmitter));
      for (const index of newSigners.keys()) {
        check(newSigners.indexOf(newSigners[index]!) === index, "repeated signer address");
        check(newTransmitters.indexOf(newTransmitters[index]!) === index, "repeated transmitter address");
      }

      const counted = {
        configCount: configCount + BigInt(configs.length) + 1n,
        signers: newSigners.map((signer) => hexToBytes(signer)),
        transmitters: newTransmitters,
        f: config.f,
        onchainConfig: config.onchainConfig,
        offchainConfigVersion: config.offchainConfigVersion,
        offchainConfig: config.offchainConfig,
      };
      // Computed first, because a failure must leave the contract unchanged.
      const newDigest = evmConfigDigest(chainId, feed.address, counted);
      configDigest = newDigest;
      configs.push({ block, config: { configDigest, ...counted } });
      signers = new Set(newSigners);
      transmitters = new Set(newTransmitters);
      f = config.f;
      latest = { epoch: 0, round: 0 };
    },

    transmit({ from, calldata, recovered }, block) {
      const call = orRevert(() => decodeTransmitCall(calldata));
      const time = timeOf(call);
      check(isBefore(latest, time), "stale report");
      check(transmitters.has(getAddress(from)), "unauthorized transmitter");
      check(equalBytes(call.context[0], configDigest), "configDigest mismatch");
      check(calldata.length === transmitCallLength(call), "calldata length mismatch");
      check(call.rs.length === f + 1, "wrong number of signatures");
      check(call.rs.length === call.ss.length, "signatures out of registration");
      checkSignatures(recovered);
      answer = checkReport(call.report);
      answerTimestamp = block.timestamp;
      latest = time;
    },

    requestNewRound(block) {
      roundRequested = { block, configDigest, ...latest };
    },
  };
}

/** The low 40 bits of the context's second word. */
function timeOf(call: TransmitCall) {
  const word = Buffer.from(call.context[1]);
  return { epoch: word.readUInt32BE(27), round: word.readUInt8(31) };
}

function isBefore(a: { epoch: number; round: number }, b: { epoch: number; round: number }): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.round < b.round);
}

/** The contract does not sort: it trusts the oracles' order. */
function medianOf({ observations }: EvmReport): bigint {
  return observations[Math.floor(observations.length / 2)]!;
}

function check(condition: boolean, reason: string) {
  if (!condition) throw new Revert(reason);
}

/** A call that cannot be decoded reverts without a reason. */
function orRevert<T>(decode: () => T): T {
  try {
    return decode();
  } catch {
    throw new Revert("");
  }
}
