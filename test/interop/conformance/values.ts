/** The values that the conformance plugin of chainlink-common serves, and those that its static checks ask for. */
import type { PluginArgs, RelayArgs } from "../../../src/loop/relayer/types.ts";
import type { ReportingPluginConfig, ReportingPluginInfo } from "../../../src/loop/reporting-plugin/types.ts";
import type { AttributedOnchainSignature, ContractConfig, ReportContext } from "../../../src/loop/types.ts";

/** Zeros but for some bytes, as long as the last of them asks for, or 32. */
function sparse(bytes: Readonly<Record<number, number>>, length?: number): Uint8Array {
  const places = Object.keys(bytes).map(Number);
  const array = new Uint8Array(length ?? Math.max(...places) + 1);
  for (const place of places) array[place] = bytes[place] ?? 0;
  return array;
}

export const relayer = {
  config: '[Foo]\nBar = "Baz"\n',
  account: "testaccount",
  relayArgs: {
    externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
    jobId: 123,
    contractId: "testcontract",
    isNew: true,
    relayConfig: sparse({ 42: 11 }),
  } satisfies RelayArgs,
  pluginArgs: { transmitterId: "testtransmitter", pluginConfig: sparse({ 100: 88 }) } satisfies PluginArgs,
  chainStatus: { id: "some_chain", enabled: true, config: "" },
  chainInfo: {
    familyName: "someFamily",
    chainId: "123",
    networkName: "someNetwork",
    networkNameFull: "someNetwork-test",
  },
  nodePage: { size: 137, token: "" },
  nodeStatuses: {
    nodes: [
      { chainId: "foo", name: "", config: "Name = 'bar'\nURL = 'http://example.com'\n", state: "Alive" },
      { chainId: "foo", name: "", config: "Name = 'baz'\nURL = 'https://test.url'\n", state: "Alive" },
    ],
    total: 2,
    nextPageToken: "",
  },
  transaction: { from: "me", to: "you", amount: 97n, balanceCheck: true },
};

const digest = sparse({ 1: 7, 13: 11, 31: 23 }, 32);

export const provider = {
  digest,
  digestPrefix: 99,
  contractConfig: {
    configDigest: digest,
    configCount: 42n,
    signers: [sparse({ 15: 1 })],
    transmitters: ["foo", "bar"],
    f: 11,
    onchainConfig: sparse({ 2: 11, 14: 22, 31: 1 }),
    offchainConfigVersion: 2n,
    offchainConfig: sparse({ 1: 99, 12: 55 }),
  } satisfies ContractConfig,
  blockHeight: 1337n,
  changedInBlock: 14n,
  account: "some-account",
  epoch: 88,
  reportContext: {
    reportTimestamp: { configDigest: digest, epoch: 88, round: 74 },
    extraHash: sparse({ 1: 3, 3: 5, 7: 11 }, 32),
  } satisfies ReportContext,
  report: sparse({ 41: 131 }),
  signatures: [{ signature: sparse({ 7: 6, 9: 8 }), signer: 54 }] satisfies AttributedOnchainSignature[],
};

export const median = {
  contractId: "0x42",
  timestamp: { configDigest: sparse({ 1: 7, 31: 3 }, 32), epoch: 79, round: 17 },
  value: 999n,
  juelsPerFeeCoin: 1234n,
  gasPriceSubunits: 777n,
  error: "an error",
  observations: [{ timestamp: 123, value: 31n, juelsPerFeeCoin: 54n, gasPriceSubunits: 77n, observer: 99 }],
  report: sparse({ 42: 101 }),
  medianOfReport: -1042n,
  n: 12,
  maxReportLength: 101,
  onchainConfig: { min: -12n, max: 1_234_567_890_987_654_321n },
  encodedOnchainConfig: sparse({ 5: 11 }),
  lookbackMs: 64_000,
  latest: { configDigest: sparse({ 1: 1, 11: 8 }, 32), epoch: 7, round: 11 },
  latestAnswer: 123n,
  /** More digits than milliseconds in a double have. */
  latestTimestamp: { seconds: 1_234_567_890n, nanos: 987_654_321 },
};

/** What the test plugins ask of a provider's `loop.ContractReader`; maps in CBOR, which is version 2 of its encodings. */
export const contractReader = {
  config: "test",
  readIdentifier: "0x24-anyContract-anyMethod",
  encoding: 2,
  params: { param1: "value1", param2: "value2" },
  latestValue: { ret1: "latestValue1", ret2: "latestValue2" },
};

export const reporting = {
  config: {
    configDigest: new Uint8Array(32),
    oracleId: 10,
    n: 12,
    f: 42,
    onchainConfig: sparse({ 17: 11 }),
    offchainConfig: sparse({ 32: 64 }),
    estimatedRoundIntervalMs: 1000,
    maxDurationQueryMs: 3_600_000,
    maxDurationObservationMs: 1,
    maxDurationReportMs: 0.001,
    maxDurationShouldAcceptFinalizedReportMs: 10_000,
    maxDurationShouldTransmitAcceptedReportMs: 60_000,
  } satisfies ReportingPluginConfig,
  info: {
    name: "test",
    uniqueReports: true,
    limits: { maxQueryLength: 42, maxObservationLength: 13, maxReportLength: 17 },
  } satisfies ReportingPluginInfo,
  timestamp: { configDigest: sparse({ 2: 10, 12: 16 }, 32), epoch: 88, round: 74 },
  query: sparse({ 42: 42 }),
  observation: sparse({ 21: 19 }),
  observations: [{ observation: sparse({ 21: 19 }), observer: 99 }],
  report: sparse({ 42: 101 }),
};

export const generic = {
  telemetry: {
    network: "some-network",
    chainId: "some-chainID",
    contractId: "some-contractID",
    telemetryType: "some-telemetryType",
    payload: new TextEncoder().encode("some-data"),
  },
  goodConfig: { isGoodConfig: true, someFieldName: "someFieldValue" },
};
