/** What transports refuse of plugins' options, with the lines of the config. */
import { afterAll, expect, it } from "vitest";
import { resolvePlugin } from "../../../../src/node/config/plugins/resolve.ts";
import { checkTransportOptions } from "../../../../src/node/config/plugins/transport-options.ts";
import { anything } from "../../../../transports/options/schema.ts";
import type { StandardIssue } from "../../../../transports/options/standard-schema.ts";
import { transportOptions } from "../../../../transports/options/transport-options.ts";
import { createWorkerTransport } from "../../../../transports/worker/index.ts";
import { createConfigs } from "../configs.ts";

const { load, remove } = createConfigs();
afterAll(remove);

function check(toml: string, path: StandardIssue["path"]) {
  const { plugins } = load(toml);
  const transport = {
    ...createWorkerTransport(),
    kind: "carrier-pigeon",
    options: transportOptions(anything, () => ({ issues: [{ message: "it is ill", path }] })),
  };
  return checkTransportOptions(plugins, resolvePlugin(plugins, "median.btc"), [transport as never]);
}

it.each([
  [["module"], 2, "plugins.median.module"],
  [["options", "birds", { key: 1 }], 6, "plugins.median.carrier-pigeon.birds[1]"],
  [["options", "cats"], 3, "plugins.median.carrier-pigeon.cats"],
  [["options"], 3, "plugins.median.carrier-pigeon"],
  [[], 3, "plugins.median.carrier-pigeon"],
])("a mistake with the path %j is reported where that is written", (path, line, key) => {
  const table = "[plugins.median.carrier-pigeon]\nbirds = [\n 1,\n 2,\n]";
  expect(check(`[plugins.median]\nmodule = "median.plugin.ts"\n${table}`, path)).toEqual([
    { origin: { kind: "file", file: "node.toml", line }, key, message: "It is ill" },
  ]);
});

it("an option that is missing, as all others are, is reported where the transport is chosen", () => {
  expect(check(`[plugins.median]\ntransport = "carrier-pigeon"`, ["options", "birds"])).toEqual([
    {
      origin: { kind: "file", file: "node.toml", line: 2 },
      key: 'plugins."median.btc".carrier-pigeon.birds',
      message: "It is ill",
    },
  ]);
});
