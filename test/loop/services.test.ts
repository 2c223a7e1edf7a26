/** The table of services in docs/loop-services.md, against what the schemas have, the routes serve and the clients call. */
import { readdirSync, readFileSync } from "node:fs";
import type { DescFile, DescMethod, DescService, JsonObject } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type Transport } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { file_capabilities_capabilities } from "../../proto/gen/capabilities/capabilities_pb.ts";
import { file_codec_codec } from "../../proto/gen/codec/codec_pb.ts";
import { file_loop_capabilities_registry } from "../../proto/gen/loop/capabilities_registry_pb.ts";
import { file_loop_codec } from "../../proto/gen/loop/codec_pb.ts";
import { file_loop_contract_reader } from "../../proto/gen/loop/contract_reader_pb.ts";
import { file_loop_contract_writer } from "../../proto/gen/loop/contract_writer_pb.ts";
import { file_loop_event_store } from "../../proto/gen/loop/event_store_pb.ts";
import { file_loop_internal_pb_keystore_keystore } from "../../proto/gen/loop/internal/pb/keystore/keystore_pb.ts";
import { file_loop_internal_pb_ocr3_contract_transmitter } from "../../proto/gen/loop/internal/pb/ocr3/contract_transmitter_pb.ts";
import { file_loop_internal_pb_ocr3_ocr3_reporting } from "../../proto/gen/loop/internal/pb/ocr3/ocr3_reporting_pb.ts";
import { file_loop_keystore } from "../../proto/gen/loop/keystore_pb.ts";
import { file_loop_keyvalue_store } from "../../proto/gen/loop/keyvalue_store_pb.ts";
import { file_loop_median_datasource } from "../../proto/gen/loop/median_datasource_pb.ts";
import { file_loop_median } from "../../proto/gen/loop/median_pb.ts";
import { file_loop_oracle_oracle } from "../../proto/gen/loop/oracle/oracle_pb.ts";
import { file_loop_oraclefactory_oraclefactory } from "../../proto/gen/loop/oraclefactory/oraclefactory_pb.ts";
import { file_loop_orgresolver } from "../../proto/gen/loop/orgresolver_pb.ts";
import { file_loop_pipeline_runner } from "../../proto/gen/loop/pipeline_runner_pb.ts";
import { file_loop_relayer } from "../../proto/gen/loop/relayer_pb.ts";
import { file_loop_relayerset_relayerset } from "../../proto/gen/loop/relayerset/relayerset_pb.ts";
import { file_loop_reporting } from "../../proto/gen/loop/reporting_pb.ts";
import { file_loop_reporting_plugin_service } from "../../proto/gen/loop/reporting_plugin_service_pb.ts";
import { file_loop_telemetry } from "../../proto/gen/loop/telemetry_pb.ts";
import { file_loop_validate_config } from "../../proto/gen/loop/validate_config_pb.ts";
import { emptyCapabilitiesRegistry } from "../../src/loop/capabilities-registry/server.ts";
import { createCodecClient } from "../../src/loop/codec/client.ts";
import { createContractReaderClient } from "../../src/loop/contract-reader/client.ts";
import { createContractWriterClient } from "../../src/loop/contract-writer/client.ts";
import { contractWriterRoutes } from "../../src/loop/contract-writer/server.ts";
import { createDataSourceClient } from "../../src/loop/data-source/client.ts";
import { dataSourceRoutes } from "../../src/loop/data-source/server.ts";
import { zeroDataSource } from "../../src/loop/data-source/zero.ts";
import { createErrorLogClient } from "../../src/loop/error-log/client.ts";
import { errorLogRoutes } from "../../src/loop/error-log/server.ts";
import { createKeyValueStoreClient } from "../../src/loop/key-value-store/client.ts";
import { keyValueStoreRoutes } from "../../src/loop/key-value-store/server.ts";
import { createKeystoreClient } from "../../src/loop/keystore/client.ts";
import { keystoreRoutes } from "../../src/loop/keystore/server.ts";
import { createPluginMedianClient } from "../../src/loop/median/client.ts";
import { pluginMedianRoutes } from "../../src/loop/median/server.ts";
import { createMedianProviderClient } from "../../src/loop/median-provider/client.ts";
import { medianProviderRoutes } from "../../src/loop/median-provider/server.ts";
import { createPipelineRunnerClient } from "../../src/loop/pipeline-runner/client.ts";
import { pipelineRunnerRoutes } from "../../src/loop/pipeline-runner/server.ts";
import { createPluginRelayerClient, createRelayerClient } from "../../src/loop/relayer/client.ts";
import { pluginRelayerRoutes, relayerRoutes } from "../../src/loop/relayer/server.ts";
import { noRelayerSet } from "../../src/loop/relayer-set/server.ts";
import {
  createReportingPluginClient,
  createReportingPluginFactoryClient,
} from "../../src/loop/reporting-plugin/client.ts";
import { reportingPluginFactoryRoutes, reportingPluginRoutes } from "../../src/loop/reporting-plugin/server.ts";
import { createReportingPluginServiceClient } from "../../src/loop/reporting-plugin-service/client.ts";
import { reportingPluginServiceRoutes } from "../../src/loop/reporting-plugin-service/server.ts";
import { createTelemetryClient } from "../../src/loop/telemetry/client.ts";
import { telemetryRoutes } from "../../src/loop/telemetry/server.ts";
import { createValidationServiceClient } from "../../src/loop/validation/client.ts";
import { validationServiceRoutes } from "../../src/loop/validation/server.ts";
import type { Broker } from "../../transports/broker.ts";
import type { Routes } from "../../transports/connection.ts";
import { readTable, root } from "../docs/blocks.ts";
import {
  bytes,
  contractConfig,
  createSampleCodec,
  createSampleProvider,
  createSampleReader,
  createSampleReportingPlugin,
  createSampleService,
  createSampleStore,
  createSampleWriter,
  digest,
  reportingPluginConfig,
  sampleCall,
  sampleQuery,
  sampleRead,
  timestamp,
} from "./samples.ts";

/** In the order of the document. */
const files: readonly DescFile[] = [
  file_loop_relayer,
  file_loop_median,
  file_loop_median_datasource,
  file_loop_reporting,
  file_loop_reporting_plugin_service,
  file_loop_validate_config,
  file_loop_keystore,
  file_loop_telemetry,
  file_loop_pipeline_runner,
  file_loop_keyvalue_store,
  file_loop_contract_reader,
  file_loop_contract_writer,
  file_codec_codec,
  file_loop_codec,
  file_loop_capabilities_registry,
  file_loop_relayerset_relayerset,
  file_loop_internal_pb_ocr3_ocr3_reporting,
  file_loop_internal_pb_ocr3_contract_transmitter,
  file_capabilities_capabilities,
  file_loop_oraclefactory_oraclefactory,
  file_loop_oracle_oracle,
  file_loop_orgresolver,
  file_loop_event_store,
  file_loop_internal_pb_keystore_keystore,
];

const uncalled = async (): Promise<never> => expect.fail("must not be called");
const service = createSampleService("sample");
const provider = { ...createSampleProvider(), contractReader: createSampleReader(), codec: createSampleCodec() };
const keystore = { accounts: uncalled, sign: uncalled, decrypt: uncalled };
const unusedBroker: Broker = { serve: async () => ({ id: 1, async [Symbol.asyncDispose]() {} }), dial: uncalled };
const factory = { ...service, newReportingPlugin: uncalled };

/** Everything that is served, as far as an implementation offers it. */
const routes: readonly Routes[] = [
  pluginRelayerRoutes({ ...service, newRelayer: uncalled }, unusedBroker),
  relayerRoutes(
    {
      ...service,
      newConfigProvider: uncalled,
      newMedianProvider: uncalled,
      latestHead: uncalled,
      chainStatus: uncalled,
      nodeStatuses: uncalled,
    },
    unusedBroker,
  ),
  medianProviderRoutes(provider),
  pluginMedianRoutes({ ...service, newMedianFactory: uncalled }, unusedBroker),
  dataSourceRoutes(zeroDataSource),
  errorLogRoutes({ saveError: uncalled }),
  reportingPluginFactoryRoutes(factory, unusedBroker),
  reportingPluginRoutes(createSampleReportingPlugin()),
  reportingPluginServiceRoutes(
    { ...service, newReportingPluginFactory: uncalled, newValidationService: uncalled },
    unusedBroker,
  ),
  validationServiceRoutes({ ...service, validateConfig: uncalled }),
  keystoreRoutes(keystore),
  telemetryRoutes({ send: uncalled }),
  pipelineRunnerRoutes({ executeRun: uncalled }),
  keyValueStoreRoutes(createSampleStore()),
  contractWriterRoutes(createSampleWriter()),
  emptyCapabilitiesRegistry,
  noRelayerSet,
];

const pathOf = (method: DescMethod) => `${method.parent.typeName}/${method.name}`;

/** The methods that the routes register, split into those that do something and those that only refuse by name. */
function registered(): { served: Set<string>; refused: Set<string> } {
  const served = new Set<string>();
  const refused = new Set<string>();
  const router = {
    service(desc: DescService, implementation: Readonly<Record<string, (request: object) => unknown>>) {
      for (const method of desc.methods) {
        const handler = implementation[method.localName];
        if (handler === undefined) continue;
        // A refusal is thrown at once; every other answer is asynchronous and ignored here.
        try {
          Promise.resolve(handler({})).catch(() => {});
          served.add(pathOf(method));
        } catch (error) {
          expect(error).toMatchObject({
            code: Code.Unimplemented,
            rawMessage: expect.stringContaining(pathOf(method)),
          });
          refused.add(pathOf(method));
        }
      }
    },
  } as unknown as ConnectRouter;
  for (const register of routes) register(router);
  return { served, refused };
}

const notPassedOn = {
  unary: () => expect.fail("a connection must not be passed on"),
  stream: () => expect.fail("a connection must not be passed on"),
};

/** What the clients call when all of their methods are called. */
async function called(): Promise<Set<string>> {
  const paths = new Set<string>();
  const unary = async (method: DescMethod) => {
    paths.add(pathOf(method));
    throw new ConnectError("there is no server", Code.Unimplemented);
  };
  const target = {
    transport: { unary, stream: uncalled } as unknown as Transport,
    bytes: notPassedOn,
    messages: notPassedOn,
    async [Symbol.asyncDispose]() {},
  };
  const args: Readonly<Record<string, readonly unknown[]>> = {
    newRelayer: ["", keystore],
    newConfigProvider: [relayArgs],
    newMedianProvider: [relayArgs, pluginArgs],
    newPluginProvider: [relayArgs, pluginArgs],
    newContractReader: [bytes()],
    newContractWriter: [bytes()],
    newCcipProvider: [{ ...relayArgs, pluginType: 0, syncedAddresses: new Map(), extraDataCodecBundleId: 0 }],
    nodeStatuses: [{ size: 1, token: "" }],
    transact: [{ from: "", to: "", amount: 0n, balanceCheck: false }],
    replay: ["", {} satisfies JsonObject],
    configDigest: [contractConfig],
    latestConfig: [0n],
    transmit: [{ reportTimestamp: timestamp, extraHash: digest(1) }, bytes(), []],
    buildReport: [[]],
    medianFromReport: [bytes()],
    maxReportLength: [1],
    latestRoundRequested: [1],
    decode: [bytes(), "", 2],
    newMedianFactory: [{ provider, errorLog: { saveError: uncalled }, contractId: "", ...sources() }],
    observe: [timestamp],
    saveError: [""],
    newReportingPlugin: [reportingPluginConfig],
    query: [timestamp],
    observation: [timestamp, bytes()],
    report: [timestamp, bytes(), []],
    shouldAcceptFinalizedReport: [timestamp, bytes()],
    shouldTransmitAcceptedReport: [timestamp, bytes()],
    newReportingPluginFactory: [{ provider, errorLog: { saveError: uncalled }, config: job }],
    validateConfig: [{}],
    sign: ["", bytes()],
    decrypt: ["", bytes()],
    send: [{ network: "n", chainId: "c", contractId: "c", telemetryType: "t", payload: bytes() }],
    executeRun: ["", {}],
    store: ["", bytes()],
    get: [""],
    pruneExpiredEntries: [0],
    getLatestValue: [sampleRead],
    getLatestValueWithHeadData: [sampleRead],
    batchGetLatestValues: [[]],
    queryKey: [sampleQuery.filter, sampleQuery.order],
    queryKeys: [[], sampleQuery.order],
    bind: [[]],
    unbind: [[]],
    submitTransaction: [{ ...sampleCall, transactionId: "" }],
    transactionStatus: [""],
    estimateFee: [sampleCall],
    maxSize: [{ n: 1, itemType: "", forEncoding: true }],
  };
  const callAll = async (client: object): Promise<void> => {
    for (const [name, member] of Object.entries(client)) {
      if (typeof member === "function") {
        // Two services have an `encode`: of a config, and of a value.
        const encoded = "maxSize" in client ? [{ version: 0, data: bytes() }, ""] : [{ min: 0n, max: 0n }];
        const given = name === "encode" ? encoded : (args[name] ?? []);
        const answer: unknown = Reflect.apply(member, client, given);
        if (answer instanceof Promise) await answer.catch(expectNobody);
      } else await callAll(member);
    }
  };
  for (const client of [
    createPluginRelayerClient(target, unusedBroker),
    createRelayerClient(target, unusedBroker),
    createMedianProviderClient(target),
    createPluginMedianClient(target, unusedBroker),
    createDataSourceClient(target),
    createErrorLogClient(target),
    createReportingPluginFactoryClient(target, unusedBroker),
    createReportingPluginClient(target),
    createReportingPluginServiceClient(target, unusedBroker),
    createValidationServiceClient(target),
    createKeystoreClient(target),
    createTelemetryClient(target),
    createPipelineRunnerClient(target),
    createKeyValueStoreClient(target),
    createContractReaderClient(target),
    createContractWriterClient(target),
    createCodecClient(target),
  ]) {
    await callAll(client);
  }
  return paths;
}

const relayArgs = {
  externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
  jobId: 1,
  contractId: "",
  isNew: false,
  relayConfig: bytes(),
};
const pluginArgs = { transmitterId: "", pluginConfig: bytes() };
const job = { providerType: "", command: "", pluginName: "", pluginConfig: "", telemetryType: "" };
const sources = () => ({
  dataSource: zeroDataSource,
  juelsPerFeeCoin: zeroDataSource,
  gasPriceSubunits: zeroDataSource,
});

/** Every call must reach the wire: any other error comes from wrong arguments in this test. */
function expectNobody(error: unknown): void {
  expect(error).toMatchObject({ code: Code.Unimplemented, rawMessage: expect.stringContaining("there is no server") });
}

function cell(methods: readonly DescMethod[], chosen: (path: string) => boolean): string {
  const names = methods.filter((method) => chosen(pathOf(method))).map(({ name }) => name);
  if (names.length === 0) return "";
  return names.length === methods.length ? "all" : names.join(", ");
}

it("lists every service and method", async () => {
  const { served, refused } = registered();
  const calls = await called();
  const rows = files
    .flatMap(({ services }) => services)
    .map(({ typeName, methods }) => [
      `\`${typeName}\``,
      cell(methods, (path) => served.has(path)),
      cell(methods, (path) => calls.has(path)),
      cell(methods, (path) => refused.has(path)),
      cell(methods, (path) => !served.has(path) && !calls.has(path) && !refused.has(path)),
    ]);
  const shown = readTable("docs/loop-services.md", "| service | served |").map((cells) => cells.slice(0, -1));
  expect(shown).toEqual(rows);
});

it("lists every service of the schemas", () => {
  const proto = `${root}proto/`;
  const schemas = ["loop", "codec", "capabilities"].flatMap((folder) =>
    readdirSync(`${proto}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".proto"))
      .map((name) => readFileSync(`${proto}${folder}/${name}`, "utf8")),
  );
  const names = schemas.flatMap((schema) => {
    const [, packageName = ""] = /^package (.*);$/m.exec(schema) ?? [];
    return [...schema.matchAll(/^service (\w+)/gm)].map(([, name = ""]) => `${packageName}.${name}`);
  });
  expect(files.flatMap(({ services }) => services.map(({ typeName }) => typeName)).toSorted()).toEqual(
    names.toSorted(),
  );
});
