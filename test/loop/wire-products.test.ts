/** The bytes of the generic kind, of contract readers and of writers, written out by hand as in wire.test.ts. */
import { describe, it } from "vitest";
import { AddRequestSchema, ExecuteAPIType } from "../../proto/gen/loop/capabilities_registry_pb.ts";
import { ContractKeyFilterSchema, GetLatestValueRequestSchema } from "../../proto/gen/loop/contract_reader_pb.ts";
import { SubmitTransactionRequestSchema } from "../../proto/gen/loop/contract_writer_pb.ts";
import {
  PruneExpiredEntriesRequestSchema,
  StoreKeyValueRequestSchema,
} from "../../proto/gen/loop/keyvalue_store_pb.ts";
import { RunRequestSchema, TaskResultSchema } from "../../proto/gen/loop/pipeline_runner_pb.ts";
import { NewReportingPluginFactoryRequestSchema } from "../../proto/gen/loop/reporting_plugin_service_pb.ts";
import { TelemetryMessageSchema } from "../../proto/gen/loop/telemetry_pb.ts";
import { latestValueToWire } from "../../src/loop/contract-reader/messages.ts";
import { filterToWire } from "../../src/loop/contract-reader/query.ts";
import { contractCallToWire } from "../../src/loop/contract-writer/messages.ts";
import { taskResultToWire } from "../../src/loop/pipeline-runner/messages.ts";
import { telemetryToWire } from "../../src/loop/telemetry/messages.ts";
import { durationMessageToWire } from "../../src/loop/values.ts";
import { expectBytes } from "./golden.ts";
import { bytes } from "./samples.ts";

describe("messages of generic plugins", () => {
  it("NewReportingPluginFactoryRequest: the config is among the ids", () => {
    expectBytes(
      NewReportingPluginFactoryRequestSchema,
      {
        providerID: 1,
        pipelineRunnerID: 2,
        telemetryID: 3,
        errorLogID: 4,
        keyValueStoreID: 5,
        relayerSetID: 6,
        ReportingPluginServiceConfig: {
          providerType: "plugin",
          command: "c",
          pluginName: "n",
          pluginConfig: "{}",
          telemetryType: "t",
        },
      },
      `08 01 10 04 18 02 20 03
       2a 15 0a 06 "plugin" 12 01 "c" 1a 01 "n" 22 02 "{}" 2a 01 "t"
       38 05 40 06`,
    );
  });

  it("RunRequest: the only option has the number 2", () => {
    expectBytes(
      RunRequestSchema,
      { spec: "s", vars: { a: true }, options: { maxTaskDuration: durationMessageToWire(10_500, "MaxTaskDuration") } },
      '0a 01 "s" 12 09 0a 07 0a 01 "a" 12 02 20 01 1a 0a 12 08 08 0a 10 80 ca b5 ee 01',
    );
  });

  it("TaskResult: JSON, and a flag next to the error", () => {
    expectBytes(
      TaskResultSchema,
      taskResultToWire({ id: "i", type: "t", value: "v", isTerminal: true, index: 0 }),
      `0a 01 "i" 12 01 "t" 1a 03 22 "v" 22 30 01`,
    );
    expectBytes(
      TaskResultSchema,
      taskResultToWire({ id: "", type: "", value: null, error: "e", isTerminal: false, index: 1 }),
      '1a 04 "null" 22 01 "e" 28 01 38 01',
    );
  });

  it("TelemetryMessage, StoreKeyValueRequest, PruneExpiredEntriesRequest", () => {
    const message = { network: "n", chainId: "c", contractId: "0x42", telemetryType: "t", payload: bytes(9) };
    expectBytes(
      TelemetryMessageSchema,
      telemetryToWire(message),
      '0a 06 0a 01 "n" 12 01 "c" 12 04 "0x42" 1a 01 "t" 22 01 09',
    );
    expectBytes(StoreKeyValueRequestSchema, { key: "k", value: bytes(1) }, '0a 01 "k" 12 01 01');
    expectBytes(PruneExpiredEntriesRequestSchema, { maxAge: durationMessageToWire(1, "MaxAge") }, "0a 04 10 c0 84 3d");
  });

  it("AddRequest, GetReply: an enum of capabilities next to the id", () => {
    expectBytes(AddRequestSchema, { capabilityID: 1, type: ExecuteAPIType.EXECUTE_API_TYPE_COMBINED }, "08 01 10 03");
  });
});

describe("messages of contract readers and writers", () => {
  it("GetLatestValueRequest: finalized came before safe", () => {
    const read = { readIdentifier: "r", params: { version: 2, data: bytes(0xf6) }, asValueType: true };
    const params = "1a 05 08 02 12 01 f6 20 01";
    expectBytes(
      GetLatestValueRequestSchema,
      latestValueToWire({ ...read, confidence: "unconfirmed" }),
      `0a 01 "r" ${params}`,
    );
    expectBytes(
      GetLatestValueRequestSchema,
      latestValueToWire({ ...read, confidence: "finalized" }),
      `0a 01 "r" 10 01 ${params}`,
    );
    expectBytes(
      GetLatestValueRequestSchema,
      latestValueToWire({ ...read, confidence: "safe" }),
      `0a 01 "r" 10 02 ${params}`,
    );
  });

  it("ContractKeyFilter: number 3 is not in use", () => {
    const contract = { address: "a", name: "n" };
    expectBytes(
      ContractKeyFilterSchema,
      filterToWire({ contract, key: "k", expressions: [{ kind: "tx-hash", hash: "h" }], asValueType: true }),
      '0a 06 0a 01 "a" 12 01 "n" 12 0c 0a 01 "k" 12 07 0a 05 2a 03 0a 01 "h" 20 01',
    );
  });

  it("SubmitTransactionRequest: a gas limit in the meta", () => {
    const call = { contractName: "c", method: "m", params: { version: 0, data: bytes() }, toAddress: "t" };
    expectBytes(
      SubmitTransactionRequestSchema,
      { ...contractCallToWire({ ...call, meta: { gasLimit: 1n }, value: 0n }), transactionId: "i" },
      '0a 01 "c" 12 01 "m" 1a 00 22 01 "i" 2a 01 "t" 32 05 12 03 12 01 01 3a 00',
    );
  });
});
