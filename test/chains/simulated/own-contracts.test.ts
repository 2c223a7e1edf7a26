import { describe, expect, it } from "vitest";
import { simulatedContracts } from "../../../src/chains/simulated/own-contracts.ts";
import { readSimulatedChainConfig } from "../../../src/chains/simulated/settings.ts";
import { parseToml } from "../../../src/settings/toml.ts";
import { writeToml } from "../../../src/settings/toml-tables.ts";
import { createKeyring } from "../../ocr2/support.ts";
import { feed, signers, tableOf, transmitters } from "../../plugins/simulated/support.ts";

const table = parseToml(tableOf().split("[Feeds.Config]")[0]!, "x").exactTable([]);
const configured = parseToml(tableOf(), "x").exactTable([]);
const keyring = createKeyring(10);
const oracle = { keyring, transmitter: transmitters[3]!, roundMs: 250 };
const ownFeed = { contractId: feed.address.toLowerCase(), reportingPluginConfig: Uint8Array.of(1, 2) };

describe("contracts of a simulated chain", () => {
  it("are given a config that the chain reads, with the node as the only oracle", () => {
    const [only] = readSimulatedChainConfig(writeToml(simulatedContracts.configure(table, [ownFeed], oracle))).feeds;
    expect(only?.config).toMatchObject({ transmitters: [transmitters[3]], f: 0, offchainConfigVersion: 2n });
    expect(only?.config?.signers).toHaveLength(1);
    expect(Buffer.from(only!.config!.offchainConfig).includes(keyring.peerId)).toBe(true);
  });

  it("are left as they are where they have a config, and where no feed is on them", () => {
    expect(simulatedContracts.configure(configured, [ownFeed], oracle)).toEqual(configured);
    expect(simulatedContracts.configure(table, [{ ...ownFeed, contractId: signers[0]! }], oracle)).toEqual(table);
  });

  it("have the decimal places of their answers, whatever the spelling of the address", () => {
    expect(simulatedContracts.decimalsOf(table, feed.address)).toBe(8);
    expect(simulatedContracts.decimalsOf(table, feed.address.toLowerCase())).toBe(8);
    expect(simulatedContracts.decimalsOf(table, signers[0]!)).toBeUndefined();
    expect(simulatedContracts.decimalsOf({ Feeds: "none" }, feed.address)).toBeUndefined();
  });
});
