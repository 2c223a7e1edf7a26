/** What plugins are called. */
import { afterAll, describe, expect, it } from "vitest";
import { findUnusedNames } from "../../../../src/node/config/plugins/names.ts";
import { createConfigs } from "../configs.ts";

const { load, remove } = createConfigs();
afterAll(remove);

describe("findUnusedNames()", () => {
  it("tells names in flags and file that no plugin answers to", () => {
    const { plugins } = load(`[plugins."median.eth"]\ntransport = "worker"\n[plugins.solana]\ntransport = "worker"`, [
      "--transport",
      "median.btc=worker",
      "--transport",
      "evm.1=worker",
    ]);
    const found = findUnusedNames(plugins, ["median.btc", "evm.31337"]);
    expect(found.map(({ message }) => message)).toEqual([
      'There is no plugin "evm.1": there is evm.31337, median.btc',
      'There is no plugin "median.eth": there is evm.31337, median.btc',
    ]);
  });
});
