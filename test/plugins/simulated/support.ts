/** Oracles for the simulated chain's tests: their keys, their config and their signed transmissions. */
import { privateKeyToAddress, sign } from "viem/accounts";
import { hexToBytes, toHex } from "viem/utils";
import type { Address } from "../../../src/chains/evm/config-digest.ts";
import { encodeEvmReport } from "../../../src/chains/evm/median-report-codec.ts";
import { evmReportHash } from "../../../src/chains/evm/report-hash.ts";
import { encodeTransmitCall } from "../../../src/chains/evm/transmit-call.ts";
import { encodeOnchainConfig } from "../../../src/chains/median-onchain-config.ts";
import type { ConfigArguments, Feed } from "../../../src/chains/simulated/settings.ts";

export const feed: Feed = {
  address: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  minAnswer: 10n,
  maxAnswer: 1000n,
  decimals: 8,
  description: "WIDGET / USD",
};

const privateKeys = Array.from({ length: 32 }, (_, index) => toHex(0x1000 + index, { size: 32 }));
export const signers: readonly Address[] = privateKeys.map((key) => privateKeyToAddress(key));
export const transmitters: readonly Address[] = privateKeys.map((_, index) =>
  privateKeyToAddress(toHex(0x2000 + index, { size: 32 })),
);

/** The chain's table in TOML, with the feed and a config for one oracle. */
export const tableOf = (extra = "") => `
ChainID = "1337"
${extra}

[[Feeds]]
Address = "${feed.address}"
MinAnswer = 10
MaxAnswer = "1000"
Decimals = 8
Description = "WIDGET / USD"

[Feeds.Config]
Signers = ["${signers[0]}"]
Transmitters = ["${transmitters[0]}"]
F = 0
OffchainConfig = "0x0102"
`;

/** A config for `n` oracles. */
export function configOf(n: number, f: number, changed: Partial<ConfigArguments> = {}): ConfigArguments {
  return {
    signers: signers.slice(0, n),
    transmitters: transmitters.slice(0, n),
    f,
    onchainConfig: encodeOnchainConfig({ min: feed.minAnswer, max: feed.maxAnswer }),
    offchainConfigVersion: 2n,
    offchainConfig: Uint8Array.of(1, 2, 3),
    ...changed,
  };
}

export interface CallOptions {
  readonly configDigest: Uint8Array;
  readonly epoch?: number;
  readonly round?: number;
  /** Indices of the oracles that sign. Default 0 and 1. */
  readonly signedBy?: readonly number[];
  readonly observations?: readonly bigint[];
  /** Replaces the report before it is signed. */
  readonly report?: Uint8Array;
  /** Replaces the report after it was signed. */
  readonly sentReport?: Uint8Array;
}

export function reportOf(observations: readonly bigint[]): Uint8Array {
  return encodeEvmReport({
    timestamp: 1,
    observers: observations.map((_, index) => index),
    observations,
    juelsPerFeeCoin: 1n,
  });
}

/** Calldata of a transmission with real signatures. */
export async function transmitCall(options: CallOptions): Promise<Uint8Array> {
  const { configDigest, epoch = 1, round = 1, signedBy = [0, 1], observations = [100n, 200n, 300n] } = options;
  const context = { reportTimestamp: { configDigest, epoch, round }, extraHash: new Uint8Array(32).fill(5) };
  const report = options.report ?? reportOf(observations);
  const hash = toHex(evmReportHash(context, report));
  const signatures = await Promise.all(
    signedBy.map(async (signer) => {
      const { r, s, yParity } = await sign({ hash, privateKey: privateKeys[signer]! });
      return { signer, signature: Uint8Array.from([...hexToBytes(r), ...hexToBytes(s), yParity!]) };
    }),
  );
  return encodeTransmitCall(context, options.sentReport ?? report, signatures);
}
