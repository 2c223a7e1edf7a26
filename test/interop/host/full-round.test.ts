/** Our relayer and our median plugin under Chainlink's own host code, which passes the one's provider on to the other. */
import { toHex } from "viem/utils";
import { expect, it } from "vitest";
import { evmReportCodec } from "../../../src/chains/evm/median-report-codec.ts";
import { describePeer } from "../support.ts";
import { hosts, onAllHosts, runHost, served } from "./support.ts";

const digest = "00015bc17ddf1dc4f365e1a4be53874fab19676d885a3b3dff44de7c52bf496f";
/** The one that the scenario reports on. */
const observation = {
  timestamp: 1_700_000_000,
  value: 50_000n,
  juelsPerFeeCoin: 1000n,
  gasPriceSubunits: 0n,
  observer: 0,
};

const transcripts = onAllHosts((host) =>
  runHost(host, "full-round", [...served("median"), "--", ...served("simulated")]),
);

for (const host of hosts) {
  describePeer(host, "our relayer and our median plugin", () => {
    it("make reports together through the host's proxy, also when the relayer is killed", async () => {
      const built = await evmReportCodec.buildReport([observation]);
      const reported = `true ${toHex(built).slice(2)}`;
      const { lines } = await transcripts(host);
      expect(lines).toEqual([
        "start the relayer: ok",
        "median provider: ok",
        "start the median: ok",
        `config digest: ${digest}`,
        "reporting plugin: NumericalMedian, unique reports false, limits 0 92 192",
        `round: report: ${reported}`,
        "round: accept: true",
        "round: transmit: true",
        `round of the relayer's next instance: report: ${reported}`,
        // The first is not on the chain yet, and this one says the same.
        "round of the relayer's next instance: accept: false",
        "round of the relayer's next instance: transmit: true",
        "instances of the relayer: 2",
        "instances of the median: 1",
        "close the reporting plugin: ok",
        "close the median: ok",
        "close the provider: ok",
        "close the relayer: ok",
      ]);
    });
  });
}
