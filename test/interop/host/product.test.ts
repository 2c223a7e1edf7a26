/** One product in two languages, examples/frost and its twin in Go, under Chainlink's own host code: what the host sees of each. */
import { beforeAll, expect, it } from "vitest";
import { type PeerName, peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { type HostName, hosts, linesOf, onAllHosts, runHost, served } from "./support.ts";

const module = new URL("../../../examples/frost/frost.plugin.ts", import.meta.url);

const twins = { "host-2024": "frost-2024", "host-2026": "frost-2026" } as const satisfies Record<HostName, PeerName>;

const checks = [
  ["checks the same configs", /^(config |start to validate|close the validation)/],
  ["comes back after SIGKILL, and finds what the host has kept for it", /(next instance|^instances)/],
  ["has the host run the pipelines, and fails to observe in the same cases", /^observation/],
  ["makes the same reports, and none in the same cases", /^report /],
  ["has the host keep what it accepts, and asks the contract whether to transmit", /^(accept|transmit)/],
  ["tells how it is, and ends when it is closed", /^(start|name|ready|health|reporting plugin|close)/],
] as const;

const transcripts = onAllHosts(async (host) => {
  const twin = await peer(twins[host]);
  return Promise.all([runHost(host, "product", [twin]), runHost(host, "product", served(module))]);
});

for (const host of hosts) {
  describePeer(
    host,
    "a product of ours beside the same in Go",
    () => {
      let theirs: readonly string[];
      let ours: readonly string[];
      beforeAll(async () => {
        [theirs = [], ours = []] = (await transcripts(host)).map(({ lines }) => lines);
      }, 15 * 60_000);

      it("goes through the same steps to the end", () => {
        expect(linesOf(checks, theirs).get("nothing")).toBeUndefined();
        expect(theirs.at(-1)).toBe("instances: 3");
        expect(ours).toHaveLength(theirs.length);
      });

      it.each(checks.map(([name]) => name))("%s", (name) => {
        const lines = linesOf(checks, theirs).get(name);
        expect(linesOf(checks, ours).get(name)).toEqual(lines);
        expect(lines?.length).toBeGreaterThan(2);
      });

      it("answers as the example says that it does", () => {
        expect(ours).toContain('observation of -7 °C: {"celsius":-7,"reported":true}');
        expect(ours).toContain('report with frost: true {"frost":true,"celsius":-0.5}');
        expect(ours).toContain("report that most know already: false ");
        expect(ours).toContain('accept, asked: store "last report" {"frost":true,"celsius":-0.5}');
      });
    },
    [twins[host]],
  );
}
