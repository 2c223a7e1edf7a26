/** Transports of the user's own in a config file. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { resolvePlugin } from "../../../src/node/config/plugins/resolve.ts";
import { formatConfig } from "../../../src/node/config/show.ts";
import { createConfigs } from "./configs.ts";

const { directory, load, mistakes, remove } = createConfigs();
afterAll(remove);

const own = `[transports]\ntcp = "median.plugin.ts"\n`;

describe("[transports]", () => {
  it("makes a kind that plugins' sections and the flag may name, with its own options", () => {
    const config = load(`${own}[plugins.median]\ntransport = "tcp"\n[plugins.median.tcp]\nport = 7000`);
    expect(config.transports).toEqual({ tcp: pathToFileURL(join(directory, "median.plugin.ts")).href });
    expect(resolvePlugin(config.plugins, "median")).toMatchObject({
      transport: "tcp",
      options: { tcp: { port: 7000 } },
    });
    const flagged = load(own, ["--transport", "median=tcp"]);
    expect(resolvePlugin(flagged.plugins, "median").transport).toBe("tcp");
  });

  it("is shown with its line", () => {
    expect(formatConfig(load(own))).toMatch(/^transports\.tcp = ".*median\.plugin\.ts" +# node\.toml:2$/m);
  });

  it("does not know kinds that it does not name", () => {
    expect(mistakes(own, ["--transport", "median=udp"])).toContain(
      'There is no transport "udp" for "median", only in-process, worker, process, carrier-pigeon, tcp',
    );
  });

  it.each([
    [`worker = "median.plugin.ts"`, 'node.toml:2: transports.worker: The node already has a transport "worker"'],
    [`tcp = "missing.ts"`, "node.toml:2: transports.tcp: There is no file"],
    [`tcp = "https://example.com/x.ts"`, "node.toml:2: transports.tcp: There is no file"],
    [`"a b" = "median.plugin.ts"`, "A transport's name may only have letters, digits, dots, _ and -"],
    ["tcp = 3", "node.toml:2: transports.tcp: Expected the path of a module"],
  ])("refuses %s", (line, message) => {
    const found = mistakes(`[transports]\n${line}`);
    expect(found).toContain(message);
    expect(found.split("\n")).toHaveLength(1);
  });

  it("refuses a value that is not a table", () => {
    expect(mistakes(`transports = "tcp"`)).toContain("node.toml:1: transports: Expected a table");
  });
});
