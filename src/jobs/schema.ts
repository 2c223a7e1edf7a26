/** The schema of a job spec: the Chainlink node's, for OCR2 jobs of the median and of generic products. */
import { z } from "zod";
import { chainId } from "../chains/table.ts";
import { providerTypes } from "../loop/relayer/provider-types.ts";
import { PipelineError } from "../pipeline/errors.ts";
import { type PipelineForm, parsePipeline } from "../pipeline/parse.ts";
import { productPipelineForm } from "../pipeline/runner.ts";
import type { Pipeline } from "../pipeline/types.ts";
import {
  anyString,
  expected,
  field,
  flag,
  nonEmptyString,
  oneOf,
  stringLike,
  whole,
  wrong,
} from "../settings/fields.ts";
import { listOf, refuse, type Structure, structure, table, tableOf, type ValueOf } from "../settings/schema.ts";
import { namePattern } from "../values/name.ts";
import { parseBootstrapper } from "./bootstrappers.ts";
import { isBlank, optionalCount, optionalDuration, optionalNumber, optionalText, optionalUuid } from "./fields.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** No dots: a plugin's kind is the part of its name before the first dot. */
export const productPattern = /^[A-Za-z0-9_-]+$/;
const uint16Max = 2 ** 16 - 1;
const uint32Max = 2 ** 32 - 1;

/** A pipeline in a string; its mistakes are reported with the lines that they are in. */
function pipeline(form?: PipelineForm): Structure<Pipeline> {
  return structure({
    read(value, location) {
      if (typeof value !== "string") return refuse(location, expected("a pipeline as a string", value));
      try {
        return parsePipeline(value, form);
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error;
        for (const { line, message } of error.mistakes) {
          location.tell(location.path, `${message} (line ${line} of the pipeline)`, line);
        }
        return undefined;
      }
    },
  });
}

/** A pipeline that may be left out, or blank. */
function optionalPipeline(): Structure<Pipeline | undefined> {
  const own = pipeline();
  return structure({
    read: (value, location) => (value === undefined || isBlank(value) ? undefined : own.read(value, location)),
  });
}

/** A deviation function that replaces the built-in one. */
const deviationFunc = table({
  type: oneOf(["pendle"]),
  expiresAt: field((value) => {
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
      throw wrong("a time in seconds since 1970", value);
    return value;
  }),
  multiplier: stringLike(/^[1-9]\d{0,77}$/, "a positive integer as a string").optional(),
});

const juelsPerFeeCoinCache = table({
  disable: flag().optional(),
  updateInterval: optionalDuration(30_000, 20 * minuteMs),
  stalenessAlertThreshold: optionalDuration(1, 365 * dayMs),
});

const pluginConfig = table({
  juelsPerFeeCoinSource: pipeline(),
  gasPriceSubunitsSource: optionalPipeline(),
  juelsPerFeeCoinCache: juelsPerFeeCoinCache.optional(),
  // What nodes of early 2024 called the two keys of the cache.
  juelsPerFeeCoinCacheDisabled: flag().optional(),
  juelsPerFeeCoinCacheDuration: optionalDuration(30_000, 20 * minuteMs),
  deviationFunc: deviationFunc.optional(),
});

/** The keys that a Chainlink node reads of a generic job; all other keys are for the product's plugin. */
const genericConfig = table(
  {
    pluginName: stringLike(productPattern, "a name of letters, digits, _ and -"),
    telemetryType: nonEmptyString("the name of the plugin's telemetry"),
    // The default first.
    providerType: oneOf(providerTypes.toReversed()).optional(),
    command: anyString().optional(),
    envVars: tableOf(anyString()).optional(),
    OCRVersion: whole(2, 2).optional(),
    pipelines: listOf(
      table({ name: nonEmptyString("a name"), spec: pipeline(productPipelineForm) }, { others: z.unknown() }),
    ).optional(),
  },
  { others: z.unknown() },
);

/** The keys of all jobs that mean something here. */
const meant = {
  type: oneOf(["offchainreporting2"]),
  schemaVersion: whole(1, 1),
  name: anyString().optional(),
  externalJobID: optionalUuid(),
  forwardingAllowed: flag().optional(),
  maxTaskDuration: optionalDuration(1, dayMs),
  relay: stringLike(namePattern, "the name of a relay"),
  chainID: optionalText(chainId),
  contractID: nonEmptyString("the address of a contract"),
  transmitterID: nonEmptyString("an account"),
  ocrKeyBundleID: optionalText(stringLike(/^[0-9a-f]{64}$/i, "64 hexadecimal digits")),
  p2pv2Bootstrappers: listOf(field(parseBootstrapper)).optional(),
  allowNoBootstrappers: flag().optional(),
  pluginType: oneOf(providerTypes),
  blockchainTimeout: optionalDuration(),
  contractConfigTrackerPollInterval: optionalDuration(),
  contractConfigConfirmations: optionalCount(uint16Max),
  captureEATelemetry: flag().optional(),
  onchainSigningStrategy: tableOf(z.unknown()).optional(),
  relayConfig: table({ chainID: optionalText(chainId) }, { others: z.unknown() }),
};

/** The keys that a Chainlink node of some age knows, and that nothing asks for here: they are read and checked. */
const withoutEffect = {
  captureAutomationCustomTelemetry: flag().optional(),
  contractConfigTrackerSubscribeInterval: optionalDuration(),
  feedID: optionalText(stringLike(/^0x[0-9a-f]{64}$/i, "0x and 64 hexadecimal digits")),
  gasLimit: optionalNumber(uint32Max),
  isBootstrapPeer: field((value) => {
    if (value === true) throw new TypeError("This node runs no bootstrap jobs: remove the key");
    if (value !== false) throw wrong("true or false", value);
    return value;
  }).optional(),
  monitoringEndpoint: anyString().optional(),
  streamID: optionalNumber(uint32Max),
};

const common = { ...meant, ...withoutEffect };

const inPluginConfig = "It belongs in [pluginConfig]";
const misplaced = {
  juelsPerFeeCoinSource: inPluginConfig,
  gasPriceSubunitsSource: inPluginConfig,
};

export const jobSchema = table({ ...common, observationSource: pipeline(), pluginConfig }, { misplaced });

export type JobDocument = ValueOf<typeof jobSchema>;

/** Jobs of `pluginType = "plugin"`. */
export const genericJobSchema = table(
  { ...common, pluginConfig: genericConfig },
  {
    misplaced: {
      ...misplaced,
      observationSource: "The product's plugin observes: its pipelines belong in [[pluginConfig.pipelines]]",
    },
  },
);

export type GenericJobDocument = ValueOf<typeof genericJobSchema>;
export type AnyJobDocument = JobDocument | GenericJobDocument;

/** The node's OCR2 setting that each key overrides. */
export const localConfigKeys = {
  blockchainTimeout: "blockchainTimeoutMs",
  contractConfigTrackerPollInterval: "contractConfigTrackerPollIntervalMs",
  contractConfigConfirmations: "contractConfigConfirmations",
} as const;
