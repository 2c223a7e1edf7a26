/** The form of the node's config file. */
import { z } from "zod";
import { chainFamilies } from "../../chains/index.ts";
import { dangerousDevelopmentMode, type LocalConfig } from "../../ocr2/config/local-config.ts";
import {
  anyText,
  decimal,
  duration,
  flag,
  hostName,
  oneOf,
  text,
  textLike,
  url,
  whole,
} from "../../settings/fields.ts";
import { listOf, orFalse, table, tableOf, type ValueOf } from "../../settings/schema.ts";
import { loopSections } from "./loop/schema.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error"] as const;

const mib = 1024 * 1024;
const hourMs = 3_600_000;

const http = table({
  host: hostName().optional(),
  port: whole(0, 65_535).optional(),
});

const pipeline = table({
  maxRunDuration: duration(1, 24 * hourMs).optional(),
  requestTimeout: duration(1, hourMs).optional(),
  maxBodyBytes: whole(1, 64 * mib).optional(),
  allowLocalAddresses: flag().optional(),
});

/** Bounds are checked where the development mode is known. */
const ocr2Duration = () => duration().optional();

/** The Chainlink node's keys, with those that it takes from elsewhere. */
const ocr2 = table({
  BlockchainTimeout: ocr2Duration(),
  ContractConfirmations: whole(0, 2 ** 31 - 1).optional(),
  ContractPollInterval: ocr2Duration(),
  ContractConfigLoadTimeout: ocr2Duration(),
  ContractTransmitterTransmitTimeout: ocr2Duration(),
  DatabaseTimeout: ocr2Duration(),
  DefaultMaxDurationInitialization: ocr2Duration(),
  SkipContractConfigConfirmations: flag().optional(),
  DevelopmentMode: oneOf([dangerousDevelopmentMode]).optional(),
});

/** Which key of `[OCR2]` sets what. */
export const ocr2Keys = {
  BlockchainTimeout: "blockchainTimeoutMs",
  ContractConfirmations: "contractConfigConfirmations",
  ContractPollInterval: "contractConfigTrackerPollIntervalMs",
  ContractConfigLoadTimeout: "contractConfigLoadTimeoutMs",
  ContractTransmitterTransmitTimeout: "contractTransmitterTransmitTimeoutMs",
  DatabaseTimeout: "databaseTimeoutMs",
  DefaultMaxDurationInitialization: "defaultMaxDurationInitializationMs",
} as const satisfies Partial<Record<keyof ValueOf<typeof ocr2>, keyof LocalConfig>>;

const limits = table({
  startTimeout: duration(1, hourMs).optional(),
  stopGrace: duration(1, hourMs).optional(),
  callTimeout: duration(1, hourMs).optional(),
  maxMessageBytes: whole(1024, 2 ** 31 - 1).optional(),
});

const restart = table({
  initialDelay: duration(1, hourMs).optional(),
  maxDelay: duration(1, 24 * hourMs).optional(),
  factor: decimal(1, 100).optional(),
  jitter: decimal(0, 1).optional(),
  healthy: duration(1, 24 * hourMs).optional(),
  maxRestarts: whole(0, 1_000_000).optional(),
  window: duration(1, 24 * hourMs).optional(),
});

const health = table({
  interval: duration(1, hourMs).optional(),
  timeout: duration(1, hourMs).optional(),
  misses: whole(1, 1000).optional(),
});

/** A table that somebody else checks. */
const foreign = tableOf(z.unknown());

function createPluginSchema(transports: readonly string[]) {
  return table({
    transport: oneOf(transports).optional(),
    command: anyText().optional(),
    args: listOf(anyText()).optional(),
    module: text("the path of a module").optional(),
    env: tableOf(anyText()).optional(),
    checksum: textLike(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits').optional(),
    scrape: oneOf(["rpc", "http"]).optional(),
    configShape: oneOf(["bare", "wrapped"]).optional(),
    limits: limits.optional(),
    restart: orFalse(restart).optional(),
    health: orFalse(health).optional(),
    // One table for each transport, checked by the transport.
    ...(Object.fromEntries(transports.map((kind) => [kind, foreign.optional()])) as Record<never, never>),
  });
}

/** @param transports the transports that there are, the file's own among them */
export function createFileSchema(transports: readonly string[]) {
  return table({
    http: http.optional(),
    log: table({ level: oneOf(logLevels).optional() }).optional(),
    jobs: table({ files: listOf(text("a path")).optional(), directory: text("a path").optional() }).optional(),
    bridges: tableOf(url("http:", "https:")).optional(),
    pipeline: pipeline.optional(),
    OCR2: ocr2.optional(),
    ...loopSections,
    transports: tableOf(text("the path of a module")).optional(),
    plugins: tableOf(createPluginSchema(transports)).optional(),
    // `[[EVM]]` and its like.
    ...(Object.fromEntries(chainFamilies.map(({ table, schema }) => [table, listOf(schema).optional()])) as Record<
      never,
      never
    >),
  });
}

export type FileConfig = ValueOf<ReturnType<typeof createFileSchema>>;
export type PluginSection = NonNullable<FileConfig["plugins"]>[string];
export type LogLevelName = (typeof logLevels)[number];
