/** Our simulated relayer under Chainlink's own host code. */
import { sign } from "viem/accounts";
import { hexToBytes, toHex } from "viem/utils";
import { beforeAll, expect, it } from "vitest";
import { evmReportCodec } from "../../../src/chains/evm/median-report-codec.ts";
import { evmReportHash } from "../../../src/chains/evm/report-hash.ts";
import { describePeer } from "../support.ts";
import { type HostName, hosts, onAllHosts, runHost, served } from "./support.ts";

/** As the hosts have them. */
const digest = "00015bc17ddf1dc4f365e1a4be53874fab19676d885a3b3dff44de7c52bf496f";
const signerKey = "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a";
const observation = {
  timestamp: 1_700_000_000,
  value: 50_000n,
  juelsPerFeeCoin: 3n,
  gasPriceSubunits: 1n,
  observer: 0,
};

const report = await evmReportCodec.buildReport([observation]);

/** The signer's, over the first report of epoch 1 and round 1. */
async function signature(): Promise<string> {
  const reportTimestamp = { configDigest: hexToBytes(`0x${digest}`), epoch: 1, round: 1 };
  const hash = evmReportHash({ reportTimestamp, extraHash: new Uint8Array(32) }, report);
  const { r, s, yParity } = await sign({ hash: toHex(hash), privateKey: signerKey });
  return `${r.slice(2)}${s.slice(2)}0${yParity}`;
}

const onlyIn2026 = (host: HostName, lines: readonly string[]) => (host === "host-2026" ? lines : []);

const configLines = (whose: string) => [
  `${whose} config details: block 2, digest ${digest}`,
  `${whose} config: count 1, F 0, signers [3c44cdddb6a900fa2b585dd299e03d12fa4293bc], transmitters [0x70997970C51812dc3A010C7d01b50e0d17dc79C8], onchain 01${"a".padStart(48, "0")}${"f4240".padStart(48, "0")}, offchain 2 6f6666636861696e`,
  `${whose} digest computed: ${digest}, the contract's true`,
  `${whose} digest of another config: the contract's false`,
  `${whose} digest prefix: 1`,
  `${whose} config of a block without one: error Unknown`,
  `${whose} block height: beyond the config true`,
];

const nothingYet = `digest ${digest}, epoch 0, round 0, answer 0, of now false`;
const transmitted = `digest ${digest}, epoch 1, round 1, answer 50000, of now true`;
const account = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const healthOf: Readonly<Record<HostName, { relayer: string; provider: string }>> = {
  "host-2024": {
    relayer:
      "PluginSimulated.1337 ok, PluginSimulated.1337.MedianProvider ok, RelayerService ok, RelayerService.PluginRelayerClient.ChainRelayerClient ok",
    provider:
      "PluginSimulated.1337.MedianProvider ok, RelayerService.PluginRelayerClient.ChainRelayerClient.MedianProviderClient.PluginProviderClient ok",
  },
  "host-2026": {
    relayer: [
      "",
      ".PluginRelayerClient",
      ".PluginRelayerClient.PluginSimulated",
      ".PluginRelayerClient.PluginSimulated.1337",
      ".PluginRelayerClient.PluginSimulated.1337.MedianProvider",
    ]
      .map((component) => `RelayerService${component} ok`)
      .join(", "),
    provider: ["", ".PluginSimulated.1337.MedianProvider"]
      .map(
        (component) =>
          `RelayerService.PluginRelayerClient.RelayerClient.11111111-2222-3333-4444-555555555555.PluginProviderClient.MedianProviderClient.PluginProviderClient${component} ok`,
      )
      .join(", "),
  },
};

const head = "a height true, a hash of 32 bytes, a time of now true";

const transcripts = onAllHosts(async (host) =>
  Promise.all([
    runHost(host, "relayer", served("simulated"), { flags: ["-signature", await signature()] }),
    runHost(host, "relayers", served("simulated")),
  ]),
);

for (const host of hosts) {
  describePeer(host, "our simulated relayer", () => {
    let relayer: readonly string[];
    let relayers: readonly string[];
    beforeAll(async () => {
      [relayer = [], relayers = []] = (await transcripts(host)).map(({ lines }) => lines);
    }, 15 * 60_000);

    /** The lines from the one to the other, both included. */
    const between = (first: string, last: string) => {
      const begin = relayer.findIndex((line) => line.startsWith(`${first}: `));
      const end = relayer.findIndex((line) => line.startsWith(`${last}: `));
      expect([begin, end]).not.toContain(-1);
      return relayer.slice(begin, end + 1);
    };

    it("starts, and tells of its chain", () => {
      expect(relayer.slice(0, relayer.indexOf("config provider: ok"))).toEqual([
        "start: ok",
        "name: RelayerService",
        "chain status: 1337, enabled true, config as given true",
        'node statuses: 0 of 0, next ""',
        `latest head: ${head}`,
        "transact: error Unimplemented",
        ...onlyIn2026(host, [
          `finalized head: ${head}`,
          "chain info: {simulated 1337 simulated simulated-1337}",
          "replay: error Unimplemented",
        ]),
        "contract reader: refused",
      ]);
    });

    it("serves a config provider", () => {
      expect(between("config provider", "close the config provider")).toEqual([
        "config provider: ok",
        ...configLines("config provider's"),
        "config provider ready: ok",
        "close the config provider: ok",
      ]);
    });

    it("refuses providers of what it does not have", () => {
      expect(between("provider of another type", "config provider of a contract that is not there")).toEqual([
        "provider of another type: refused",
        "provider of a contract that is not there: refused",
        "provider of no address: refused",
        "provider of another chain: refused",
        "provider for an account that the keystore does not hold: refused",
        "config provider of a contract that is not there: refused",
      ]);
    });

    it("serves a median provider", () => {
      expect(between("median provider", "round requested")).toEqual([
        "median provider: ok",
        ...configLines("median provider's"),
        "median provider's contract reader: false",
        "median provider's codec: false",
        `onchain config encoded: 01${"6".padStart(48, "f")}${"a".padStart(48, "0")}`,
        "onchain config decoded: 10 to 1000000",
        "onchain config of 3 bytes: error Unknown",
        "report length for 4: 288",
        `report: ${toHex(report).slice(2)}`,
        "median of the report: 50000",
        "median of garbage: error Unknown",
        "report of nothing: error Unknown",
        `median provider's transmission details: ${nothingYet}`,
        `round requested: ${"0".repeat(64)} 0 0`,
      ]);
    });

    it("transmits what is signed, once, and nothing else", () => {
      expect(between("account", "transmission details")).toEqual([
        `account: ${account}`,
        "config to transmit under: ok",
        "report to transmit: ok",
        "transmit without a signature: error Unknown",
        "transmit with a signature of another: error Unknown",
        "transmit with a signature of 3 bytes: error Unknown",
        "transmit under another config: error Unknown",
        "transmit: ok",
        "transmit again: error Unknown",
        `latest config digest and epoch: ${digest} 1`,
        `transmission details: ${transmitted}`,
      ]);
    });

    it("is ready and well, by Chainlink's names", () => {
      expect(between("ready", "provider health")).toEqual([
        "ready: ok",
        `health: ${healthOf[host].relayer}`,
        "provider ready: ok",
        `provider health: ${healthOf[host].provider}`,
      ]);
    });

    it("comes back after SIGKILL, its provider with it, and is closed", () => {
      expect(relayer.slice(relayer.indexOf("chain status of the next instance: 1337"))).toEqual([
        "chain status of the next instance: 1337",
        `transmission details of the next instance: ${transmitted}`,
        "instances: 2",
        "close the provider: ok",
        "another provider: ok",
        `account of another provider: ${account}`,
        "close it: ok",
        "close: ok",
        "instances: 2",
      ]);
    });

    it("makes several relayers in one instance, each closed by itself", () => {
      const healthy = ["", ".PluginSimulated", ".PluginSimulated.1337", ".PluginSimulated.1338"]
        .map((component) => `PluginRelayerClient${component} ok`)
        .join(", ");
      expect(relayers).toEqual([
        "launch: ok",
        "dispense: ok",
        "new relayer, first: ok",
        "new relayer, second: ok",
        "new relayer, first's twin: ok",
        "chain status, first: 1337",
        "ready, first: ok",
        "chain status, second: 1338",
        "ready, second: ok",
        "chain status, first's twin: 1337",
        "ready, first's twin: ok",
        ...onlyIn2026(host, [`health of the plugin: ${healthy}`]),
        "new relayer, no TOML: refused",
        "new relayer, without a feed: refused",
        "new relayer, with an unknown key: refused",
        "close the first: ok",
        "chain status after that, second: 1338",
        "chain status after that, first's twin: 1337",
        ...onlyIn2026(host, [`health of the plugin after that: ${healthy}`]),
        "exited: true",
      ]);
    });
  });
}
