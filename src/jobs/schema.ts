/** The schema of a job spec: the Chainlink node's, for OCR2 jobs of the median and of generic products. */
import { z } from "zod";
import { chainId } from "../chains/table.ts";
import { PipelineError } from "../pipeline/errors.ts";
import { type PipelineForm, parsePipeline } from "../pipeline/parse.ts";
import { productPipelineForm } from "../pipeline/runner.ts";
import type { Pipeline } from "../pipeline/types.ts";
import {
  anyString,
  checkDuration,
  duration,
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
import { parseDuration } from "../values/duration.ts";
import { namePattern } from "../values/name.ts";
import { parseBootstrapper } from "./bootstrappers.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** No dots: a plugin's kind is the part of its name before the first dot. */
export const productPattern = /^[A-Za-z0-9_-]+$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

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
  updateInterval: field((value) => {
    if (typeof value !== "string") throw wrong('a duration such as "5m"', value);
    const ms = parseDuration(value);
    // Zero means the default, as in Chainlink.
    if (ms !== 0) checkDuration(ms, 30_000, 20 * minuteMs);
    return ms;
  }).optional(),
  stalenessAlertThreshold: duration(1, 365 * dayMs).optional(),
});

const pluginConfig = table({
  juelsPerFeeCoinSource: pipeline(),
  gasPriceSubunitsSource: pipeline().optional(),
  juelsPerFeeCoinCache: juelsPerFeeCoinCache.optional(),
  deviationFunc: deviationFunc.optional(),
});

/** The keys that a Chainlink node reads of a generic job; all other keys are for the product's plugin. */
const genericConfig = table(
  {
    pluginName: stringLike(productPattern, "a name of letters, digits, _ and -"),
    telemetryType: nonEmptyString("the name of the plugin's telemetry"),
    providerType: oneOf(["plugin", "median"]).optional(),
    command: anyString().optional(),
    envVars: tableOf(anyString()).optional(),
    OCRVersion: whole(2, 2).optional(),
    pipelines: listOf(
      table({ name: nonEmptyString("a name"), spec: pipeline(productPipelineForm) }, { others: z.unknown() }),
    ).optional(),
  },
  { others: z.unknown() },
);

/** The keys of all jobs. */
const common = {
  type: oneOf(["offchainreporting2"]),
  schemaVersion: whole(1, 1),
  name: anyString().optional(),
  externalJobID: stringLike(uuid, "a UUID").optional(),
  forwardingAllowed: flag().optional(),
  maxTaskDuration: duration(1, dayMs).optional(),
  relay: stringLike(namePattern, "the name of a relay"),
  chainID: chainId.optional(),
  contractID: nonEmptyString("the address of a contract"),
  transmitterID: nonEmptyString("an account"),
  ocrKeyBundleID: stringLike(/^[0-9a-f]{64}$/i, "64 hexadecimal digits").optional(),
  p2pv2Bootstrappers: listOf(field(parseBootstrapper)).optional(),
  allowNoBootstrappers: flag().optional(),
  pluginType: oneOf(["median", "plugin"]),
  blockchainTimeout: duration().optional(),
  contractConfigTrackerPollInterval: duration().optional(),
  contractConfigConfirmations: whole(0, 2 ** 31 - 1).optional(),
  captureEATelemetry: flag().optional(),
  onchainSigningStrategy: tableOf(z.unknown()).optional(),
  relayConfig: table({ chainID: chainId.optional() }, { others: z.unknown() }),
};

const inPluginConfig = "It belongs in [pluginConfig]";
const misplaced = {
  isBootstrapPeer: "This node runs no bootstrap jobs: remove the key",
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
