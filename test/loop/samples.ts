/** Values, implementations and a recorder that the tests of the LOOP kinds share. */
import type { MedianProvider } from "../../src/loop/median/types.ts";
import type { ReportingPlugin, ReportingPluginConfig } from "../../src/loop/reporting-plugin/types.ts";
import type { CallOptions, ContractConfig, ReportTimestamp, Service } from "../../src/loop/types.ts";

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** 32 bytes that differ from one another and from those of another seed. */
export const digest = (seed: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => (seed + index) % 256);

export const timestamp: ReportTimestamp = { configDigest: digest(1), epoch: 4_000_000_000, round: 255 };

export const contractConfig: ContractConfig = {
  configDigest: digest(2),
  configCount: 18_446_744_073_709_551_615n,
  signers: [bytes(1, 2, 3), bytes(4)],
  transmitters: ["transmitter one", "transmitter two"],
  f: 31,
  onchainConfig: bytes(5, 6),
  offchainConfigVersion: 2n,
  offchainConfig: bytes(7, 8, 9),
};

export const reportingPluginConfig: ReportingPluginConfig = {
  configDigest: digest(3),
  oracleId: 300,
  n: 4,
  f: 1,
  onchainConfig: bytes(1),
  offchainConfig: bytes(2, 3),
  estimatedRoundIntervalMs: 1000,
  maxDurationQueryMs: 0,
  maxDurationObservationMs: 0.001,
  maxDurationReportMs: 250.5,
  maxDurationShouldAcceptFinalizedReportMs: 3_600_000,
  maxDurationShouldTransmitAcceptedReportMs: 1.000001,
};

/** One call of an implementation: the method, its arguments, the options that came last. */
export interface Recorded {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
}

/** Every call of `object`'s methods, and those of the objects in it, goes to `calls` before it goes on. */
export function recording<T extends object>(object: T, calls: Recorded[], path = ""): T {
  return new Proxy(object, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      const name = `${path}${String(key)}`;
      if (typeof value === "function") {
        return (...all: unknown[]) => {
          const last = all.at(-1);
          const options = isOptions(last) ? last : undefined;
          calls.push({ method: name, args: options === undefined ? all : all.slice(0, -1), options });
          return Reflect.apply(value, target, all);
        };
      }
      return typeof value === "object" && value !== null ? recording(value, calls, `${name}.`) : value;
    },
  });
}

function isOptions(value: unknown): value is CallOptions {
  return typeof value === "object" && value !== null && "signal" in value;
}

export function createSampleService(name: string): Service {
  return {
    name: () => name,
    ready: async () => {},
    healthReport: async () => new Map([[name, ""]]),
    close: async () => {},
  };
}

export function createSampleProvider(): MedianProvider {
  return {
    ...createSampleService("SampleProvider"),
    offchainConfigDigester: {
      configDigest: async () => digest(10),
      configDigestPrefix: async () => 4_000_000_001,
    },
    contractConfigTracker: {
      latestConfigDetails: async () => ({ changedInBlock: 1337n, configDigest: digest(11) }),
      latestConfig: async () => contractConfig,
      latestBlockHeight: async () => 18_446_744_073_709_551_614n,
    },
    contractTransmitter: {
      transmit: async () => {},
      latestConfigDigestAndEpoch: async () => ({ configDigest: digest(12), epoch: 88 }),
      fromAccount: async () => "some account",
    },
    reportCodec: {
      buildReport: async (observations) => bytes(observations.length),
      medianFromReport: async () => -1042n,
      maxReportLength: async (n) => 32 * n,
    },
    medianContract: {
      latestTransmissionDetails: async () => ({
        configDigest: digest(13),
        epoch: 7,
        round: 11,
        latestAnswer: 0n,
        latestTimestamp: 1_234_567_890_125,
      }),
      latestRoundRequested: async () => ({ configDigest: digest(0), epoch: 0, round: 0 }),
    },
    onchainConfigCodec: {
      encode: async () => bytes(1, 2),
      decode: async () => ({ min: -12n, max: 2n ** 191n - 1n }),
    },
  };
}

export function createSampleReportingPlugin(): ReportingPlugin {
  return {
    query: async () => bytes(42),
    observation: async () => bytes(1, 9),
    report: async () => bytes(10, 1),
    shouldAcceptFinalizedReport: async () => true,
    shouldTransmitAcceptedReport: async () => true,
    close: async () => {},
  };
}
