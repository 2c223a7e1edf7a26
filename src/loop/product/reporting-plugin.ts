/** A product's reporting plugin for one config: the author's functions, defaults for missing ones, and the limits. */
import { equalBytes } from "../../values/bytes.ts";
import type { ReportingPlugin, ReportingPluginLimits } from "../reporting-plugin/types.ts";
import type { CallOptions, ReportTimestamp } from "../types.ts";
import type { OracleContext, ReportingPluginDefinition, Round } from "./types.ts";

/** @throws what the definition's `create` throws */
export async function createProductPlugin<Config, Offchain, State>(
  definition: ReportingPluginDefinition<Config, Offchain, State>,
  context: OracleContext<Config, Offchain>,
  limits: ReportingPluginLimits,
): Promise<ReportingPlugin> {
  // Without `create` the type `State` is undefined by default.
  const state = (await definition.create?.(context)) as State;
  let accepted: ReportTimestamp | undefined;

  function round(timestamp: ReportTimestamp, options: CallOptions = {}): Round<Config, Offchain, State> {
    return { ...context, state, timestamp, options };
  }

  function within(bytes: Uint8Array, what: string, limit: keyof ReportingPluginLimits): Uint8Array {
    if (bytes.length <= limits[limit]) return bytes;
    throw new RangeError(
      `Cannot use the ${what} of "${definition.name}": it has ${bytes.length} bytes, and ${limit} is ${limits[limit]}`,
    );
  }

  return {
    async query(timestamp, options) {
      const query = (await definition.query?.(round(timestamp, options))) ?? new Uint8Array();
      return within(query, "query", "maxQueryLength");
    },
    async observation(timestamp, query, options) {
      const observation = await definition.observation(round(timestamp, options), query);
      return within(observation, "observation", "maxObservationLength");
    },
    async report(timestamp, query, observations, options) {
      const report = await definition.report(round(timestamp, options), query, observations);
      return report === undefined ? undefined : within(report, "report", "maxReportLength");
    },
    async shouldAcceptFinalizedReport(timestamp, report, options) {
      if (definition.shouldAcceptFinalizedReport !== undefined) {
        return definition.shouldAcceptFinalizedReport(round(timestamp, options), report);
      }
      if (accepted !== undefined && !isLater(timestamp, accepted)) return false;
      accepted = timestamp;
      return true;
    },
    async shouldTransmitAcceptedReport(timestamp, report, options) {
      if (definition.shouldTransmitAcceptedReport !== undefined) {
        return definition.shouldTransmitAcceptedReport(round(timestamp, options), report);
      }
      const { contractTransmitter } = context.provider;
      const { configDigest, epoch } = await contractTransmitter.latestConfigDigestAndEpoch(options);
      return !(equalBytes(configDigest, timestamp.configDigest) && epoch > timestamp.epoch);
    },
    async close() {
      await definition.close?.(state);
    },
  };
}

function isLater(a: ReportTimestamp, b: ReportTimestamp): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.round > b.round);
}
