/** The longest query, observation and report that a reporting plugin declares: checked when it is made, and with every call. */
import type { ReportingPlugin, ReportingPluginInfo } from "../../loop/reporting-plugin/types.ts";

/** Longest query, observation or report that a plugin may declare. */
const maxDeclaredLength = 256 * 1024 * 1024;

/**
 * The plugin with its limits enforced: a call with a longer result fails with a RangeError.
 * @throws RangeError when a limit is out of range
 */
export function withinLimits(plugin: ReportingPlugin, { name, limits }: ReportingPluginInfo): ReportingPlugin {
  for (const [field, length] of Object.entries(limits)) {
    if (Number.isInteger(length) && length >= 0 && length <= maxDeclaredLength) continue;
    throw new RangeError(
      `Cannot use the reporting plugin "${name}": its ${field} is ${length}, it must be 0 to ${maxDeclaredLength} bytes`,
    );
  }
  const { maxQueryLength, maxObservationLength, maxReportLength } = limits;
  return {
    query: async (timestamp, call) => checked("query", await plugin.query(timestamp, call), maxQueryLength),
    observation: async (timestamp, query, call) =>
      checked("observation", await plugin.observation(timestamp, query, call), maxObservationLength),
    async report(timestamp, query, observations, call) {
      const report = await plugin.report(timestamp, query, observations, call);
      return report && checked("report", report, maxReportLength);
    },
    shouldAcceptFinalizedReport: (timestamp, report, call) =>
      plugin.shouldAcceptFinalizedReport(timestamp, report, call),
    shouldTransmitAcceptedReport: (timestamp, report, call) =>
      plugin.shouldTransmitAcceptedReport(timestamp, report, call),
    close: (call) => plugin.close(call),
  };
}

function checked(what: string, bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length <= limit) return bytes;
  throw new RangeError(`Cannot use the ${what}: it has ${bytes.length} bytes, the plugin declared at most ${limit}`);
}
