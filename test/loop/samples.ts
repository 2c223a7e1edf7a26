/** Values, implementations and a recorder that the tests of the LOOP kinds share. */
import type { Codec } from "../../src/loop/codec/types.ts";
import type {
  ContractKeyFilter,
  ContractReader,
  LatestValueQuery,
  LimitAndSort,
} from "../../src/loop/contract-reader/types.ts";
import type { ContractCall, ContractWriter } from "../../src/loop/contract-writer/types.ts";
import type { KeyValueStore } from "../../src/loop/key-value-store/types.ts";
import type { MedianProvider } from "../../src/loop/median-provider/types.ts";
import type { Relayer } from "../../src/loop/relayer/types.ts";
import type { ReportingPlugin, ReportingPluginConfig } from "../../src/loop/reporting-plugin/types.ts";
import type { CallOptions, ContractConfig, ReportTimestamp, Service } from "../../src/loop/types.ts";

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** 32 different bytes that depend on the seed. */
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

/** Records every call of `object`'s methods, and those of the objects in it, in `calls`. */
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

export function createSampleStore(): KeyValueStore {
  const values = new Map<string, Uint8Array>();
  return {
    store: async (key, value) => void values.set(key, value),
    get: async (key) => values.get(key),
    async pruneExpiredEntries() {
      const { size } = values;
      values.clear();
      return size;
    },
  };
}

export function createSampleCodec(): Codec {
  return {
    encode: async ({ version, data }) => bytes(version, ...data),
    decode: async (encoded, _itemType, version) => ({ version, data: encoded }),
    maxSize: async ({ n }) => 32 * n,
  };
}

const contract = { address: "0x42", name: "median" };
const value = { version: 2, data: bytes(0xa0) };
const head = { height: "7", hash: bytes(1), timestamp: 8n };
const sequence = { cursor: "10-2", head, data: value, txHash: bytes(9) };

export const sampleRead: LatestValueQuery = {
  readIdentifier: "0x42-median-LatestTransmissionDetails",
  confidence: "unconfirmed",
  params: value,
  asValueType: true,
};

/** Queries for events with every type of expression, order and limit. */
export const sampleQuery: { readonly filter: ContractKeyFilter; readonly order: LimitAndSort } = {
  filter: {
    contract,
    key: "Transmitted",
    expressions: [
      { kind: "confidence", confidence: "finalized" },
      {
        kind: "and",
        expressions: [
          {
            kind: "comparator",
            name: "answer",
            comparisons: [
              { value, operator: "gt" },
              { value, operator: "neq" },
            ],
          },
          {
            kind: "or",
            expressions: [
              { kind: "block", height: "100", operator: "gte" },
              { kind: "timestamp", seconds: 2n ** 64n - 1n, operator: "lt" },
              { kind: "timestamp", seconds: 0n, operator: "lte" },
            ],
          },
        ],
      },
      { kind: "tx-hash", hash: "0xab" },
      { kind: "block", height: "0", operator: "eq" },
    ],
    asValueType: true,
  },
  order: {
    sortBy: [
      { by: "timestamp", direction: "asc" },
      { by: "block", direction: "desc" },
      { by: "sequence", direction: "asc" },
    ],
    limit: { count: 5n, cursor: "10-1", direction: "following" },
  },
};

export function createSampleReader(): Required<ContractReader> {
  return {
    getLatestValue: async () => value,
    getLatestValueWithHeadData: async () => ({ value, head }),
    batchGetLatestValues: async () => [
      {
        contract,
        results: [
          { readName: "Latest", value },
          { readName: "Lost", error: "not found" },
        ],
      },
    ],
    queryKey: async () => [sequence],
    queryKeys: async () => [{ ...sequence, key: "Transmitted" }],
    bind: async () => {},
    unbind: async () => {},
  };
}

export const sampleCall: ContractCall = {
  contractName: "forwarder",
  method: "report",
  params: value,
  toAddress: "0x43",
  meta: { workflowExecutionId: "run", gasLimit: 500_000n },
  value: 1n,
};

export function createSampleWriter(): Required<ContractWriter> {
  return {
    submitTransaction: async () => {},
    transactionStatus: async () => "finalized",
    feeComponents: async () => ({ executionFee: 0n, dataAvailabilityFee: undefined }),
    estimateFee: async () => ({ fee: 10n ** 20n, decimals: 18 }),
  };
}

export function createSampleRelayer(): Relayer {
  return {
    ...createSampleService("SampleRelayer"),
    newConfigProvider: async () => createSampleProvider(),
    newMedianProvider: async () => createSampleProvider(),
    latestHead: async () => ({ height: "21000000", hash: digest(1), timestamp: 2n ** 64n - 1n }),
    chainStatus: async () => ({ id: "31337", enabled: true, config: "ChainID = '31337'" }),
    nodeStatuses: async ({ size, token }) => ({
      nodes: [{ chainId: "31337", name: `page of ${size}`, config: "", state: "Alive" }],
      total: 2,
      nextPageToken: `after ${token}`,
    }),
  };
}
