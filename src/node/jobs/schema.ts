/** The form of a job spec: the Chainlink node's, for OCR2 jobs of the median product. */
import { z } from "zod";
import { parseDuration } from "../config/duration.ts";
import {
  anyText,
  checkDuration,
  duration,
  field,
  flag,
  oneOf,
  text,
  textLike,
  whole,
  wrong,
} from "../config/fields.ts";
import { namePattern } from "../config/schema.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { parseBootstrapper } from "./bootstrappers.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const pipeline = () =>
  field((value) => {
    if (typeof value !== "string") throw wrong("the text of a pipeline", value);
    return parsePipeline(value);
  });

/** A number or a text; always a text afterwards. */
const chainId = z.preprocess(
  (value) => (typeof value === "number" || typeof value === "bigint" ? `${value}` : value),
  textLike(namePattern, "a chain id of letters, digits, dots, _ and -"),
);

/** Another deviation function than the built-in one. */
const deviationFunc = z.strictObject({
  type: oneOf(["pendle"]),
  expiresAt: field((value) => {
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
      throw wrong("a time in seconds since 1970", value);
    return value;
  }),
  multiplier: textLike(/^[1-9]\d{0,77}$/, "a positive integer in a text").optional(),
});

const juelsPerFeeCoinCache = z.strictObject({
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

const pluginConfig = z.strictObject({
  juelsPerFeeCoinSource: pipeline(),
  gasPriceSubunitsSource: pipeline().optional(),
  juelsPerFeeCoinCache: juelsPerFeeCoinCache.optional(),
  deviationFunc: deviationFunc.optional(),
});

export const jobSchema = z.strictObject({
  type: oneOf(["offchainreporting2"]),
  schemaVersion: whole(1, 1),
  name: anyText().optional(),
  externalJobID: textLike(uuid, "a UUID").optional(),
  forwardingAllowed: flag().optional(),
  maxTaskDuration: duration(1, dayMs).optional(),
  relay: textLike(namePattern, "the name of a relay"),
  chainID: chainId.optional(),
  contractID: text("the address of a contract"),
  transmitterID: text("an account"),
  ocrKeyBundleID: textLike(/^[0-9a-f]{64}$/i, "64 hexadecimal digits").optional(),
  p2pv2Bootstrappers: z.array(field(parseBootstrapper)).optional(),
  allowNoBootstrappers: flag().optional(),
  pluginType: oneOf(["median"]),
  blockchainTimeout: duration().optional(),
  contractConfigTrackerPollInterval: duration().optional(),
  contractConfigConfirmations: whole(0, 2 ** 31 - 1).optional(),
  captureEATelemetry: flag().optional(),
  onchainSigningStrategy: z.looseObject({}).optional(),
  observationSource: pipeline(),
  relayConfig: z.looseObject({ chainID: chainId.optional() }),
  pluginConfig,
});

export type JobDocument = z.output<typeof jobSchema>;

/** Which key overrides what of the node's OCR2 settings. */
export const localConfigKeys = {
  blockchainTimeout: "blockchainTimeoutMs",
  contractConfigTrackerPollInterval: "contractConfigTrackerPollIntervalMs",
  contractConfigConfirmations: "contractConfigConfirmations",
} as const;
