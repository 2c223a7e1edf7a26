import { afterAll, describe, expect, it } from "vitest";
import { feedSettings, findUnusedFeeds } from "../../../src/node/config/feeds.ts";
import { formatConfig } from "../../../src/node/config/show.ts";
import { createConfigs } from "./configs.ts";

const configs = createConfigs();
afterAll(() => configs.remove());

describe("the settings of feeds", () => {
  const toml = `[feeds.median]\nfreshnessLimit = "10m"\n[feeds."median.slow"]\nfreshnessLimit = false\n[feeds."median.eth"]\n`;

  it("are those of the feed, else those of its product", () => {
    const { feeds } = configs.load(toml);
    expect(feedSettings(feeds, "median.eth")).toEqual({ freshnessLimitMs: 600_000 });
    expect(feedSettings(feeds, "median.slow")).toEqual({ freshnessLimitMs: false });
    expect(feedSettings(feeds, "draw.one")).toEqual({});
  });

  it("are shown with where they come from", () => {
    const shown = formatConfig(configs.load(toml), []);
    expect(shown).toMatch(/^feeds\.median\.freshnessLimitMs = 10m0s +# node\.toml:2$/m);
    expect(shown).toMatch(/^feeds\."median\.slow"\.freshnessLimitMs = false +# node\.toml:4$/m);
  });

  it.each([
    ["true", 'Expected a duration such as "1h30m", or false, got true'],
    ['"0s"', "0s is out of range: it must be from 1ms to 8760h0m0s"],
  ])("refuse %s", (value, message) => {
    expect(configs.mistakes(`[feeds.median]\nfreshnessLimit = ${value}\n`)).toContain(
      `node.toml:2: feeds.median.freshnessLimit: ${message}`,
    );
  });

  it("are a mistake where there is no such feed; those of a product may be for feeds to come", () => {
    const config = configs.load(`${toml}[feeds."median.btc"]\nfreshnessLimit = "1m"\n`);
    expect(findUnusedFeeds(config, ["median.eth", "median.slow"], ["median"])).toEqual([
      {
        origin: { kind: "file", file: "node.toml", line: 6 },
        key: 'feeds."median.btc"',
        message: 'There is no feed "median.btc": the node runs median.eth, median.slow',
      },
    ]);
  });
});
