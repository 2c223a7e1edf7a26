/** What the oracle engine's tests share. */

import { evmKeys } from "../../src/chains/evm/keys.ts";
import type { ReportingPluginFactory } from "../../src/loop/reporting-plugin/types.ts";
import { dangerousDevelopmentMode, defaultLocalConfig, type LocalConfig } from "../../src/ocr2/config/local-config.ts";
import { encodeOffchainConfig, type OffchainConfig } from "../../src/ocr2/config/offchain-config.ts";
import { dealSharedSecret } from "../../src/ocr2/config/shared-secret.ts";
import type { OracleKeyring } from "../../src/ocr2/keys/keyring.ts";
import { createOffchainKeyring } from "../../src/ocr2/keys/offchain-keyring.ts";
import { encodePeerId } from "../../src/ocr2/keys/peer-id.ts";
import type { OracleEngine, OracleEvent } from "../../src/ocr2/oracle/engine.ts";
import type { FactoryResourceOptions, ReplaceableFactory } from "../../src/ocr2/oracle/replaceable-factory.ts";
import { encodeMedianOffchainConfig } from "../../src/plugins/median/offchain-config.ts";

/** Lets everything run that waits for nothing but other promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);

/** @param seed tells oracles apart, 1 to 200 */
export function createKeyring(seed: number): OracleKeyring {
  return {
    offchain: createOffchainKeyring({ signingKey: bytes(32, seed), configEncryptionKey: bytes(32, seed + 1) }),
    onchain: evmKeys.onchain.open(bytes(32, seed + 2)),
    peerId: encodePeerId(bytes(32, seed)),
  };
}

/** A config for these oracles that is fast and reports every round. */
export function offchainConfigFor(
  keyrings: readonly OracleKeyring[],
  changed: Partial<OffchainConfig> = {},
): OffchainConfig {
  return {
    deltaProgressMs: 60_000,
    deltaResendMs: 10_000,
    deltaRoundMs: 5,
    deltaGraceMs: 0,
    deltaStageMs: 0,
    rMax: 3,
    s: [1],
    offchainPublicKeys: keyrings.map(({ offchain }) => offchain.publicKey),
    peerIds: keyrings.map(({ peerId }) => peerId),
    reportingPluginConfig: encodeMedianOffchainConfig({
      alphaReportInfinite: false,
      alphaReportPpb: 0n,
      alphaAcceptInfinite: false,
      alphaAcceptPpb: 0n,
      deltaCMs: 60_000,
    }),
    maxDurationQueryMs: 10_000,
    maxDurationObservationMs: 10_000,
    maxDurationReportMs: 10_000,
    maxDurationShouldAcceptFinalizedReportMs: 10_000,
    maxDurationShouldTransmitAcceptedReportMs: 10_000,
    sharedSecretEncryptions: dealSharedSecret(keyrings.map(({ offchain }) => offchain.configEncryptionPublicKey)),
    ...changed,
  };
}

/** The same, as the contract holds it. */
export function contractConfigFor(keyrings: readonly OracleKeyring[], changed: Partial<OffchainConfig> = {}) {
  return {
    configDigest: Uint8Array.from([0, 1, ...bytes(30, 7)]),
    configCount: 1n,
    signers: keyrings.map(({ onchain }) => onchain.publicKey),
    transmitters: keyrings.map((_, index) => `account-${index}`),
    f: 0,
    onchainConfig: new Uint8Array(),
    offchainConfigVersion: 2n,
    offchainConfig: encodeOffchainConfig(offchainConfigFor(keyrings, changed)),
  };
}

/** Development mode with short intervals and a config that needs no confirmation. */
export const fastLocalConfig: LocalConfig = {
  ...defaultLocalConfig,
  contractConfigTrackerPollIntervalMs: 5,
  contractConfigConfirmations: 1,
  developmentMode: dangerousDevelopmentMode,
};

/** The factories of a plugin's instances, one after the other. */
export interface TestInstances extends ReplaceableFactory {
  /** A planned replacement: all is made with the next factory, then what was made with the one before is taken away. */
  replace(next: TestFactory): Promise<void>;
}

export type TestFactory = Pick<ReportingPluginFactory, "newReportingPlugin">;

export function createInstances(first: TestFactory): TestInstances {
  let present = first;
  const resources = new Set<(next: TestFactory) => Promise<() => Promise<void>>>();
  return {
    resource<T>({ create, dispose }: FactoryResourceOptions<T>) {
      const made = new Map<TestFactory, Promise<T>>();
      const make = (factory: TestFactory) => {
        const making = made.get(factory) ?? create(factory as ReportingPluginFactory);
        made.set(factory, making);
        making.catch(() => made.delete(factory));
        return making;
      };
      const release = async (factory: TestFactory) => {
        const making = made.get(factory);
        made.delete(factory);
        await making?.then(dispose).catch(() => {});
      };
      const recreate = async (next: TestFactory) => {
        const before = present;
        if (made.size > 0) await make(next).catch(() => {});
        return () => release(before);
      };
      resources.add(recreate);
      return {
        get: () => make(present),
        async [Symbol.asyncDispose]() {
          resources.delete(recreate);
          await Promise.all([...made.keys()].map(release));
        },
      };
    },
    async replace(next) {
      const releases = await Promise.all([...resources].map((recreate) => recreate(next)));
      present = next;
      await Promise.all(releases.map((release) => release()));
    },
  };
}

export interface EventLog {
  readonly events: readonly OracleEvent[];
  /** The next event of a type, from where the last call left off, that fits. Waits for it. */
  next<T extends OracleEvent["type"]>(type: T, fits?: (event: EventOf<T>) => boolean): Promise<EventOf<T>>;
  /** Forgets what has happened: only events from now on are found. */
  skip(): void;
}

type EventOf<T extends OracleEvent["type"]> = Extract<OracleEvent, { type: T }>;

export function recordEvents(engine: OracleEngine): EventLog {
  const events: OracleEvent[] = [];
  let seen = 0;
  let wake = () => {};
  engine.subscribe((event) => {
    events.push(event);
    wake();
  });
  return {
    events,
    async next<T extends OracleEvent["type"]>(type: T, fits: (event: EventOf<T>) => boolean = () => true) {
      for (;;) {
        while (seen < events.length) {
          const event = events[seen++]!;
          if (event.type === type && fits(event as EventOf<T>)) return event as EventOf<T>;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    skip() {
      seen = events.length;
    },
  };
}
