/** An OCR2 config as the oracles use it: the contract's data, decoded and checked. A config that fails a check is not run. */
import type { ConfigDigest, ContractConfig } from "../../loop/types.ts";
import { toHex } from "../../values/bytes.ts";
import { decodeOffchainConfig, type OffchainConfig, offchainConfigVersion } from "./offchain-config.ts";
import { sharedSecretLength } from "./shared-secret.ts";

export interface PublicConfig {
  readonly configDigest: ConfigDigest;
  /** Largest number of oracles that may be faulty. */
  readonly f: number;
  /** In the order of their indices. */
  readonly oracles: readonly OracleIdentity[];
  readonly onchainConfig: Uint8Array;
  readonly offchain: OffchainConfig;
}

export interface OracleIdentity {
  readonly onchainPublicKey: Uint8Array;
  readonly transmitAccount: string;
  readonly offchainPublicKey: Uint8Array;
  readonly peerId: string;
}

const maxOracles = 31;
const maxRounds = 254;
const maxScheduleLength = 1000;
const minIntervalMs = 200;

/**
 * @param options.developmentMode lifts the lower bounds of deltaProgress and deltaResend
 * @throws RangeError, SyntaxError whose message names every field that is wrong
 */
export function readPublicConfig(config: ContractConfig, options: { developmentMode: boolean }): PublicConfig {
  if (config.offchainConfigVersion !== offchainConfigVersion) {
    throw new RangeError(
      `Cannot use the config: offchainConfigVersion is ${config.offchainConfigVersion}, only ${offchainConfigVersion} is supported`,
    );
  }
  const offchain = decodeOffchainConfig(config.offchainConfig);
  const violations = [
    ...violationsOfOracles(config, offchain),
    ...violationsOfTimes(offchain, options.developmentMode),
  ];
  if (violations.length > 0) throw new RangeError(`Cannot use the config: ${violations.join("; ")}`);
  return {
    configDigest: config.configDigest,
    f: config.f,
    oracles: config.signers.map((onchainPublicKey, index) => ({
      onchainPublicKey,
      transmitAccount: config.transmitters[index]!,
      offchainPublicKey: offchain.offchainPublicKeys[index]!,
      peerId: offchain.peerIds[index]!,
    })),
    onchainConfig: config.onchainConfig,
    offchain,
  };
}

function* violationsOfOracles(config: ContractConfig, offchain: OffchainConfig): Generator<string> {
  const { f, signers, transmitters } = config;
  const { offchainPublicKeys, peerIds, s, sharedSecretEncryptions: secret } = offchain;
  const n = signers.length;
  if (n > maxOracles) yield `there are ${n} signers, at most ${maxOracles} are allowed`;
  if (!(Number.isInteger(f) && f >= 0 && f <= 255 && 3 * f < n)) {
    yield `f is ${f} for ${n} oracles, 3f must be less than their number`;
  }
  const lists = { transmitters, offchainPublicKeys, peerIds, encryptions: secret.encryptions };
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== n) yield `${name} has ${list.length} entries for ${n} signers`;
  }
  yield* duplicates("signers", signers.map(toHex));
  yield* duplicates("transmitters", transmitters);
  yield* duplicates("offchainPublicKeys", offchainPublicKeys.map(toHex));
  yield* duplicates("peerIds", peerIds);
  yield* wrongLengths("offchainPublicKeys", offchainPublicKeys, 32);
  yield* wrongLengths("encryptions", secret.encryptions, sharedSecretLength);
  yield* wrongLengths("diffieHellmanPoint", [secret.diffieHellmanPoint], 32);
  yield* wrongLengths("sharedSecretHash", [secret.sharedSecretHash], 32);
  if (s.length >= maxScheduleLength) yield `s has ${s.length} entries, fewer than ${maxScheduleLength} are allowed`;
  const stage = s.find((oracles) => oracles > maxOracles);
  if (stage !== undefined) yield `s has an entry of ${stage}, at most ${maxOracles} oracles can try in a stage`;
}

function* violationsOfTimes(config: OffchainConfig, developmentMode: boolean): Generator<string> {
  const { deltaProgressMs, deltaResendMs, deltaRoundMs, rMax } = config;
  const { maxDurationQueryMs, maxDurationObservationMs, maxDurationReportMs } = config;
  const { deltaGraceMs, deltaStageMs } = config;

  const notNegative = { deltaProgressMs, deltaResendMs, deltaRoundMs, deltaGraceMs, deltaStageMs, maxDurationQueryMs };
  for (const [key, ms] of Object.entries(notNegative)) {
    if (ms < 0) yield `${fieldOf(key)} is ${ms}ms, it must not be negative`;
  }
  // A limit of zero would fail every call. Only Query may have one: see `minMaxDurationQueryMs` of the local config.
  const limits = {
    maxDurationObservationMs,
    maxDurationReportMs,
    maxDurationShouldAcceptFinalizedReportMs: config.maxDurationShouldAcceptFinalizedReportMs,
    maxDurationShouldTransmitAcceptedReportMs: config.maxDurationShouldTransmitAcceptedReportMs,
    ...(config.maxDurationInitializationMs !== undefined && {
      maxDurationInitializationMs: config.maxDurationInitializationMs,
    }),
  };
  for (const [key, ms] of Object.entries(limits)) {
    if (ms <= 0) yield `${fieldOf(key)} is ${ms}ms, it must be above zero`;
  }
  if (!developmentMode) {
    for (const [key, ms] of Object.entries({ deltaProgressMs, deltaResendMs })) {
      if (ms < minIntervalMs) yield `${fieldOf(key)} is ${ms}ms, it must be at least ${minIntervalMs}ms`;
    }
  }
  if (deltaProgressMs <= deltaRoundMs) {
    yield `deltaProgress is ${deltaProgressMs}ms, it must be above deltaRound, ${deltaRoundMs}ms`;
  }
  const callsMs = maxDurationQueryMs + maxDurationObservationMs + maxDurationReportMs;
  if (deltaProgressMs <= callsMs) {
    yield `deltaProgress is ${deltaProgressMs}ms, it must be above maxDurationQuery + maxDurationObservation + maxDurationReport, ${callsMs}ms`;
  }
  if (rMax < 1 || rMax > maxRounds) yield `rMax is ${rMax}, it must be 1 to ${maxRounds}`;
}

function* duplicates(name: string, values: readonly string[]): Generator<string> {
  const duplicate = values.find((value, index) => values.indexOf(value) !== index);
  if (duplicate !== undefined) yield `${name} has ${duplicate} twice`;
}

function* wrongLengths(name: string, values: readonly Uint8Array[], length: number): Generator<string> {
  const wrong = values.find((value) => value.length !== length);
  if (wrong !== undefined) yield `${name} has ${wrong.length} bytes where there must be ${length}`;
}

/** The field's name without the unit that it has in code. */
function fieldOf(key: string): string {
  return key.replace(/Ms$/, "");
}
