/** Names of plugins. */
import { afterAll, describe, expect, it } from "vitest";
import { findUnusedNames } from "../../../../src/node/config/plugins/names.ts";
import { createConfigs } from "../configs.ts";

const { load, remove } = createConfigs();
afterAll(remove);

describe("findUnusedNames()", () => {
  it("reports names in flags and file that no running plugin has", () => {
    const { plugins } = load(`[plugins."median.eth"]\ntransport = "worker"\n[plugins.solana]\ntransport = "worker"`, [
      "--transport",
      "median.btc=worker",
      "--transport",
      "evm.1=worker",
    ]);
    const found = findUnusedNames(plugins, ["median.btc", "evm.31337"]);
    expect(found.map(({ message }) => message)).toEqual([
      'There is no plugin "evm.1": the node runs evm.31337, median.btc',
      'There is no plugin "median.eth": the node runs evm.31337, median.btc',
    ]);
  });
});
