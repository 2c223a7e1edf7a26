/** Chainlink's median plugin and ours under Chainlink's own host code: what the host sees of the one it sees of the other. */
import { beforeAll, expect, it } from "vitest";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { type HostName, hosts, linesOf, onAllHosts, runHost, served, stepOf } from "./support.ts";

/** Where the two differ, each for a reason. */
const differences: Readonly<Record<string, { theirs: string; ours: string }>> = {
  // Hosts take Unavailable for a dead connection to the plugin, which this is not.
  "observation, value fails as a dead connection does": { theirs: "error Unavailable", ours: "error Unknown" },
  // Theirs makes its factory and never starts it, so that it never is ready.
  ready: { theirs: "error Unknown", ours: "ok" },
};

const health: Readonly<Record<HostName, { theirs: string; ours: string }>> = {
  "host-2024": {
    theirs: "MedianService ok, MedianService.PluginMedianClient ok, PluginMedian.ReportingPluginFactory error",
    ours: "MedianService ok, MedianService.PluginMedianClient ok, PluginMedian.ReportingPluginFactory ok",
  },
  "host-2026": {
    theirs: "MedianService ok, MedianService.PluginMedianClient.ReportingPluginProviderClient error",
    ours: `MedianService ok, ${["", ".PluginMedian", ".PluginMedian.ReportingPluginFactory"]
      .map((component) => `MedianService.PluginMedianClient${component} ok`)
      .join(", ")}`,
  },
};

/** What a line is about. The first that fits counts. */
const checks = [
  ["refuses the same configs", /^config/],
  ["observes the same, and fails to observe with the same codes", /^(query$|query:|observation[,: ])/],
  ["comes back after SIGKILL", /(next instance|killed|^instances|^start|^name)/],
  ["makes the same reports, and none in the same cases", /^(report[, ]|lookback)/],
  ["accepts the same reports", /^accept, /],
  ["transmits the same reports", /^transmit, /],
  [
    "makes reporting plugins that know nothing of each other, and closes them",
    /^(reporting plugin|first|second|accept by|query to|close)/,
  ],
  ["tells how it is", /^(ready|health|errors)/],
] as const;

const transcripts = onAllHosts(async (host) => {
  const feeds = await peer("chainlink-feeds");
  return Promise.all([runHost(host, "median", [feeds]), runHost(host, "median", served("median"))]);
});

for (const host of hosts) {
  describePeer(host, "our median plugin beside chainlink-feeds", () => {
    let theirs: readonly string[];
    let ours: readonly string[];
    beforeAll(async () => {
      [theirs = [], ours = []] = (await transcripts(host)).map(({ lines }) => lines);
    }, 15 * 60_000);

    /** Their transcript, with our lines where a difference is known. */
    const expected = () => {
      const known: typeof differences = { ...differences, health: health[host] };
      return theirs.map((line) => {
        const difference = known[stepOf(line)];
        if (difference === undefined) return line;
        expect(line).toBe(`${stepOf(line)}: ${difference.theirs}`);
        return `${stepOf(line)}: ${difference.ours}`;
      });
    };

    it("goes through the same steps", () => {
      expect(ours.map(stepOf)).toEqual(theirs.map(stepOf));
      expect(linesOf(checks, ours).get("nothing")).toBeUndefined();
      expect(ours.at(-1)).toBe("instances: 2");
    });

    it.each(checks.map(([name]) => name))("%s", (name) => {
      const lines = linesOf(checks, ours).get(name);
      expect(lines).toEqual(linesOf(checks, expected()).get(name));
      expect(lines?.length).toBeGreaterThan(2);
    });
  });
}

describePeer("host-2026", "our median plugin with a deviation function of the job", () => {
  it("reports by it, and refuses one that it does not know", async () => {
    const { lines } = await runHost("host-2026", "deviation", served("median"));
    expect(lines).toEqual([
      "start: ok",
      "reporting plugin: NumericalMedian, unique reports false, limits 0 92 1000",
      "report from 101000: false",
      "report from 91000: false",
      "report from 82000: false",
      "report from 80000: true",
      "report from 120000: false",
      "report from 122000: true",
      "close: ok",
      "start with an unknown one: ok",
      "reporting plugin of an unknown one: refused",
      "close: ok",
    ]);
  });
});
