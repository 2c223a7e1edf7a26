/** Compares the bytes that are sent with bytes written by hand from chainlink-common's field numbers. */
import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { HeadSchema } from "../../proto/gen/loop/head_pb.ts";
import { Keystore, SignRequestSchema } from "../../proto/gen/loop/keystore_pb.ts";
import { DataSource, ObserveReplySchema } from "../../proto/gen/loop/median_datasource_pb.ts";
import {
  BuildReportRequestSchema,
  ErrorLog,
  LatestRoundRequestedRequestSchema,
  LatestTransmissionDetailsReplySchema,
  MaxReportLengthReplySchema,
  MedianContract,
  NewMedianFactoryRequestSchema,
  OnchainConfigCodec,
  PluginMedian,
  ReportCodec,
} from "../../proto/gen/loop/median_pb.ts";
import {
  BigIntSchema,
  ContractConfigSchema,
  ContractConfigTracker,
  ContractTransmitter,
  FromAccountReplySchema,
  HealthReportReplySchema,
  ListNodeStatusesReplySchema,
  NewPluginProviderRequestSchema,
  NewRelayerRequestSchema,
  OffchainConfigDigester,
  PluginRelayer,
  Relayer,
  Service,
  TransactionRequestSchema,
  TransmitRequestSchema,
} from "../../proto/gen/loop/relayer_pb.ts";
import {
  NewReportingPluginReplySchema,
  ReportingPlugin,
  ReportingPluginConfigSchema,
  ReportingPluginFactory,
  ReportReplySchema,
} from "../../proto/gen/loop/reporting_pb.ts";
import {
  observationToWire,
  transmissionDetailsFromWire,
  transmissionDetailsToWire,
} from "../../src/loop/median-provider/messages.ts";
import { contractConfigToWire, reportContextToWire } from "../../src/loop/provider/messages.ts";
import { relayArgsToWire } from "../../src/loop/relayer/messages.ts";
import { reportingPluginConfigToWire, reportingPluginInfoToWire } from "../../src/loop/reporting-plugin/messages.ts";
import { bigIntToWire, durationToWire } from "../../src/loop/values.ts";
import { toHex } from "../../src/values/bytes.ts";
import { d1, expectBytes, wire } from "./golden.ts";
import { bytes, digest } from "./samples.ts";

describe("loop.BigInt", () => {
  it.each([
    [0n, ""],
    [1n, "12 01 01"],
    [-1n, "08 01 12 01 01"],
    [128n, "12 01 80"],
    [255n, "12 01 ff"],
    [256n, "12 02 01 00"],
    [-1042n, "08 01 12 02 04 12"],
    [2n ** 64n, "12 09 01 00 00 00 00 00 00 00 00"],
  ])("is %s in the same bytes as Go's", (value, expected) => {
    expectBytes(BigIntSchema, bigIntToWire(value), expected);
  });

  it("is absent for nil, present and empty for zero", () => {
    expectBytes(ObserveReplySchema, { value: bigIntToWire(0n) }, "0a 00");
    expectBytes(ObserveReplySchema, {}, "");
    expect(fromBinary(ObserveReplySchema, wire("0a 00")).value).toBeDefined();
    expect(fromBinary(ObserveReplySchema, wire("")).value).toBeUndefined();
  });
});

describe("relayer messages", () => {
  it("NewRelayerRequest: the CSA keystore came last and has the last number", () => {
    expectBytes(
      NewRelayerRequestSchema,
      { config: "toml", keystoreID: 1, keystoreCSAID: 2, capabilityRegistryID: 300 },
      '0a 04 "toml" 10 01 18 ac 02 20 02',
    );
  });

  it("NewPluginProviderRequest: 16 bytes of UUID, the provider's type", () => {
    const relayArgs = relayArgsToWire({
      externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
      jobId: -1,
      contractId: "0x42",
      isNew: true,
      relayConfig: bytes(0x7b, 0x7d),
    });
    expectBytes(
      NewPluginProviderRequestSchema,
      { relayArgs, pluginArgs: { transmitterID: "me", pluginConfig: bytes(0x31) } },
      `0a 31  0a 10 1051429baa6611edb0d25cff35dfbe67  10 ff ff ff ff ff ff ff ff ff 01  1a 04 "0x42"  20 01
       2a 02 "{}"  32 06 "median"
       12 07  0a 02 "me"  12 01 "1"`,
    );
  });

  it("Head, NodeStatus, TransactionRequest", () => {
    expectBytes(HeadSchema, { height: "7", hash: bytes(0xab), timestamp: 300n }, '0a 01 "7" 12 01 ab 18 ac 02');
    expectBytes(
      ListNodeStatusesReplySchema,
      { nodes: [{ chainID: "c", name: "n", config: "t", state: "s" }], total: 1, nextPageToken: "p" },
      '0a 0c 0a 01 "c" 12 01 "n" 1a 01 "t" 22 01 "s" 10 01 1a 01 "p"',
    );
    expectBytes(
      TransactionRequestSchema,
      { from: "a", to: "b", amount: bigIntToWire(97n), balanceCheck: true },
      '0a 01 "a" 12 01 "b" 1a 03 12 01 61 20 01',
    );
  });

  it("ContractConfig", () => {
    const config = contractConfigToWire({
      configDigest: digest(1),
      configCount: 2n ** 64n - 1n,
      signers: [bytes(1), bytes()],
      transmitters: ["x", "y"],
      f: 255,
      onchainConfig: bytes(2),
      offchainConfigVersion: 2n,
      offchainConfig: bytes(3),
    });
    expectBytes(
      ContractConfigSchema,
      config,
      `0a ${d1} 10 ff ff ff ff ff ff ff ff ff 01 1a 01 01 1a 00 22 01 "x" 22 01 "y" 28 ff 01 32 01 02 38 02 42 01 03`,
    );
  });

  it("TransmitRequest", () => {
    const reportContext = reportContextToWire({
      reportTimestamp: { configDigest: digest(1), epoch: 88, round: 74 },
      extraHash: digest(9),
    });
    expectBytes(
      TransmitRequestSchema,
      {
        reportContext,
        report: bytes(5),
        attributedOnchainSignatures: [{ signature: bytes(6), signer: 54 }, { signature: bytes(7) }],
      },
      `0a 4a  0a 26 0a ${d1} 10 58 18 4a  12 20 ${toHex(digest(9))}  12 01 05  1a 05 0a 01 06 10 36  1a 03 0a 01 07`,
    );
  });

  it("FromAccountReply, HealthReportReply", () => {
    expectBytes(FromAccountReplySchema, { Account: "acc" }, '0a 03 "acc"');
    expectBytes(HealthReportReplySchema, { healthReport: { A: "bad" } }, '0a 08 0a 01 "A" 12 03 "bad"');
  });
});

describe("median messages", () => {
  it("NewMedianFactoryRequest: the ids are not numbered in the order in which they are made", () => {
    const ids = {
      medianProviderID: 4,
      contractID: "0x42",
      dataSourceID: 1,
      juelsPerFeeCoinDataSourceID: 2,
      errorLogID: 5,
      gasPriceSubunitsDataSourceID: 3,
    };
    expectBytes(NewMedianFactoryRequestSchema, ids, '08 04 12 04 "0x42" 18 01 20 02 28 05 30 03');
    expectBytes(NewMedianFactoryRequestSchema, { deviationFuncDefinition: bytes(0x7b, 0x7d) }, '3a 02 "{}"');
    // Present and empty is different from absent.
    expectBytes(NewMedianFactoryRequestSchema, { deviationFuncDefinition: bytes() }, "3a 00");
  });

  it("BuildReportRequest: juels before the observer, the gas price after it", () => {
    const observation = observationToWire({
      timestamp: 123,
      value: -31n,
      juelsPerFeeCoin: 54n,
      gasPriceSubunits: 0n,
      observer: 99,
    });
    expectBytes(
      BuildReportRequestSchema,
      { observations: [observation] },
      "0a 12  08 7b  12 05 08 01 12 01 1f  1a 03 12 01 36  20 63  2a 00",
    );
  });

  it("MedianContract: lookback in nanoseconds, a timestamp of seconds and nanoseconds", () => {
    expectBytes(
      LatestRoundRequestedRequestSchema,
      { lookback: durationToWire(64_000, "Lookback") },
      "08 80 80 ca b5 ee 01",
    );
    const details = {
      configDigest: digest(1),
      epoch: 7,
      round: 11,
      latestAnswer: 123n,
      latestTimestamp: 1_234_567_890_500,
    };
    const message = expectBytes(
      LatestTransmissionDetailsReplySchema,
      transmissionDetailsToWire(details),
      `0a ${d1} 10 07 18 0b 22 03 12 01 7b 2a 0c 08 d2 85 d8 cc 04 10 80 ca b5 ee 01`,
    );
    expect(transmissionDetailsFromWire(message)).toEqual(details);
    expectBytes(MaxReportLengthReplySchema, { max: 101n }, "08 65");
  });
});

describe("reporting plugin messages", () => {
  it("ReportingPluginConfig: durations in nanoseconds", () => {
    const config = reportingPluginConfigToWire({
      configDigest: digest(1),
      oracleId: 10,
      n: 12,
      f: 42,
      onchainConfig: bytes(1),
      offchainConfig: bytes(2),
      estimatedRoundIntervalMs: 1000,
      maxDurationQueryMs: 0,
      maxDurationObservationMs: 1,
      maxDurationReportMs: 0.001,
      maxDurationShouldAcceptFinalizedReportMs: 10_000,
      maxDurationShouldTransmitAcceptedReportMs: 60_000,
    });
    expectBytes(
      ReportingPluginConfigSchema,
      config,
      `0a ${d1} 10 0a 18 0c 20 2a 2a 01 01 32 01 02 38 80 94 eb dc 03 48 c0 84 3d 50 e8 07
       58 80 c8 af a0 25 60 80 b0 9d c2 df 01`,
    );
  });

  it("NewReportingPluginReply, ReportReply", () => {
    const reportingPluginInfo = reportingPluginInfoToWire({
      name: "test",
      uniqueReports: true,
      limits: { maxQueryLength: 42, maxObservationLength: 13, maxReportLength: 300 },
    });
    expectBytes(
      NewReportingPluginReplySchema,
      { reportingPluginID: 3, reportingPluginInfo },
      '08 03 12 11  0a 04 "test"  10 01  1a 07 08 2a 10 0d 18 ac 02',
    );
    expectBytes(ReportReplySchema, { shouldReport: true, report: bytes(9) }, "08 01 12 01 09");
  });
});

it("SignRequest", () => {
  expectBytes(SignRequestSchema, { account: "me", data: bytes(1, 2) }, '0a 02 "me" 12 02 01 02');
});

it("has chainlink-common's services and methods, all of them unary", () => {
  const services = [
    PluginRelayer,
    Relayer,
    OffchainConfigDigester,
    ContractConfigTracker,
    ContractTransmitter,
    Service,
    PluginMedian,
    ErrorLog,
    ReportCodec,
    MedianContract,
    OnchainConfigCodec,
    DataSource,
    ReportingPluginFactory,
    ReportingPlugin,
    Keystore,
  ];
  const methods = services.flatMap((service) => service.methods);
  expect(new Set(methods.map((method) => method.methodKind))).toEqual(new Set(["unary"]));
  expect(methods.map((method) => `/${method.parent.typeName}/${method.name}`)).toEqual([
    "/loop.PluginRelayer/NewRelayer",
    "/loop.Relayer/NewContractWriter",
    "/loop.Relayer/NewContractReader",
    "/loop.Relayer/NewConfigProvider",
    "/loop.Relayer/NewPluginProvider",
    "/loop.Relayer/NewCCIPProvider",
    "/loop.Relayer/LatestHead",
    "/loop.Relayer/FinalizedHead",
    "/loop.Relayer/GetChainStatus",
    "/loop.Relayer/GetChainInfo",
    "/loop.Relayer/ListNodeStatuses",
    "/loop.Relayer/Transact",
    "/loop.Relayer/Replay",
    "/loop.OffchainConfigDigester/ConfigDigest",
    "/loop.OffchainConfigDigester/ConfigDigestPrefix",
    "/loop.ContractConfigTracker/LatestConfigDetails",
    "/loop.ContractConfigTracker/LatestConfig",
    "/loop.ContractConfigTracker/LatestBlockHeight",
    "/loop.ContractTransmitter/Transmit",
    "/loop.ContractTransmitter/LatestConfigDigestAndEpoch",
    "/loop.ContractTransmitter/FromAccount",
    "/loop.Service/Name",
    "/loop.Service/Close",
    "/loop.Service/Ready",
    "/loop.Service/HealthReport",
    "/loop.PluginMedian/NewMedianFactory",
    "/loop.ErrorLog/SaveError",
    "/loop.ReportCodec/BuildReport",
    "/loop.ReportCodec/MedianFromReport",
    "/loop.ReportCodec/MaxReportLength",
    "/loop.MedianContract/LatestTransmissionDetails",
    "/loop.MedianContract/LatestRoundRequested",
    "/loop.OnchainConfigCodec/Encode",
    "/loop.OnchainConfigCodec/Decode",
    "/loop.DataSource/Observe",
    "/loop.ReportingPluginFactory/NewReportingPlugin",
    "/loop.ReportingPlugin/Query",
    "/loop.ReportingPlugin/Observation",
    "/loop.ReportingPlugin/Report",
    "/loop.ReportingPlugin/ShouldAcceptFinalizedReport",
    "/loop.ReportingPlugin/ShouldTransmitAcceptedReport",
    "/loop.ReportingPlugin/Close",
    "/loop.Keystore/Accounts",
    "/loop.Keystore/Sign",
    "/loop.Keystore/Decrypt",
  ]);
});
