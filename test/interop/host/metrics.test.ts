/** What an operator's dashboards read of a median plugin: of Chainlink's, and of ours in its place. */
import { beforeAll, expect, it } from "vitest";
import { readSamples, type Sample } from "../../observability/support.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { freePort, type HostName, hosts, onAllHosts, runHost, served } from "./support.ts";

/** Of Go's runtime and of the client of Prometheus in Go. `health` is there only after 15 s. */
const notCompared = /^(go|process|promhttp)_/;

/** After one round. */
async function metricsOf(host: HostName, command: readonly string[]): Promise<readonly Sample[]> {
  const port = await freePort();
  let text = "";
  await runHost(host, "measured", command, {
    env: { CL_PROMETHEUS_PORT: String(port) },
    async meanwhile() {
      text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    },
  });
  return readSamples(text).filter(({ name }) => !notCompared.test(name));
}

const measured = onAllHosts(async (host) => {
  const feeds = await peer("chainlink-feeds");
  return Promise.all([metricsOf(host, [feeds]), metricsOf(host, served("median"))]);
});

for (const host of hosts) {
  describePeer(host, "our median plugin's metrics beside those of chainlink-feeds", () => {
    let theirs: readonly Sample[];
    let ours: readonly Sample[];
    beforeAll(async () => {
      [theirs, ours] = await measured(host);
    }, 15 * 60_000);

    it("have all of their names and labels, and the health that comes later in theirs", () => {
      const families = (samples: readonly Sample[]) => {
        const labelled = samples.map(({ name, labels }) => `${name} ${Object.keys(labels).toSorted().join(" ")}`);
        return new Set(labelled);
      };
      const own = families(ours);
      expect([...families(theirs)].filter((family) => !own.has(family))).toEqual([]);
      const health = ours.filter(({ name }) => name === "health");
      expect(health.map(({ labels, value }) => [labels.service_id, value])).toEqual([
        ["PluginMedian", 1],
        ["PluginMedian.ReportingPluginFactory", 1],
      ]);
    });

    it("count the same calls, callbacks and messages in one round, those of the broker's stream among them", () => {
      const counts = (samples: readonly Sample[]) =>
        samples
          .filter(({ name, value }) => /^grpc_.*_(total|count)$/.test(name) && value > 0)
          // Theirs asks whether the host has a contract reader and a codec, which are older ways to the same. It never is ready.
          .filter(({ labels }) => !/^(GetLatestValue|GetDecoding|Ready)$/.test(labels.grpc_method ?? ""))
          .map(({ name, labels, value }) =>
            [
              name,
              ...Object.keys(labels)
                .toSorted()
                .map((key) => labels[key]),
              value,
            ].join(" "),
          )
          .toSorted();
      expect(counts(ours)).toEqual(counts(theirs));
      expect(counts(ours)).toContain("grpc_server_msg_received_total StartStream plugin.GRPCBroker bidi_stream 5");
      expect(counts(ours)).toContain("grpc_client_handled_total OK Observe loop.DataSource unary 3");
    });
  });
}
