import { describe, expect, it } from "vitest";
import { readSimulatedChainConfig } from "../../../src/chains/simulated/settings.ts";
import { feed, tableOf as toml } from "../../plugins/simulated/support.ts";

describe("the simulated chain's table", () => {
  it("is read with its defaults", () => {
    expect(readSimulatedChainConfig(toml())).toMatchObject({ chainId: 1337n, stateFile: undefined, blockTimeMs: 1000 });
    expect(readSimulatedChainConfig(toml('BlockTime = "1m0.5s"\nStateFile = "x"'))).toMatchObject({
      blockTimeMs: 60_500,
      stateFile: "x",
    });
  });

  it("keeps large bounds exact when they are in quotes", () => {
    const max = String(2n ** 191n - 1n);
    const { feeds } = readSimulatedChainConfig(toml().replace('MaxAnswer = "1000"', `MaxAnswer = "${max}"`));
    expect(feeds[0]?.feed.maxAnswer).toBe(2n ** 191n - 1n);
  });

  it.each([
    ["ChainID", toml().replace('"1337"', '"main"'), "ChainID: must be an integer"],
    ["Enabled", toml("Enabled = false"), "Enabled: a chain that is not enabled cannot be started"],
    ["BlockTime", toml('BlockTime = "fast"'), 'BlockTime: "fast" is not a duration: write one like "1m30s" or "100ms"'],
    ["BlockTime", toml('BlockTime = "0s"'), "BlockTime: must be a duration above zero"],
    ["an unknown key", toml("Nodes = []"), "Nodes: there is no such key here, only BlockTime, "],
    ["an address", toml().replace(feed.address, "0x12"), "Feeds[0].Address: is not an address"],
    ["a bound", toml().replace('"1000"', '"1e3"'), "Feeds[0].MaxAnswer: must be an integer"],
    ["a large bound", toml().replace('"1000"', `"${2n ** 191n}"`), "Feeds[0].MaxAnswer: must be between"],
    ["the bounds", toml().replace('"1000"', '"9"'), "Feeds[0]: MinAnswer must not be above MaxAnswer"],
    ["bytes", toml().replace("0x0102", "0x010"), "Feeds[0].Config.OffchainConfig: must be 0x and an even number"],
    ["no feeds", 'ChainID = "1"\nFeeds = []', "Feeds: there must be a feed"],
  ])("is refused by the name of what is wrong: %s", (_, text, message) => {
    expect(() => readSimulatedChainConfig(text)).toThrow(`Cannot use the simulated chain's config: ${message}`);
  });

  it("is refused by line when it is not TOML", () => {
    expect(() => readSimulatedChainConfig('ChainID = "1"\nFeeds = [')).toThrow(
      /Cannot read the simulated chain's config: line \d+, column \d+: /,
    );
  });

  it("is refused in one sentence where it is nested too deeply", () => {
    expect(() => readSimulatedChainConfig(`x = ${"[".repeat(100_000)}${"]".repeat(100_000)}`)).toThrow(
      /^Cannot read the simulated chain's config: its tables or lists are nested too deeply$/,
    );
  });
});
