/** Jobs of a generic product. */
import { describe, expect, it } from "vitest";
import { parseJob } from "../../src/jobs/load.ts";
import { ConfigError } from "../../src/settings/mistakes.ts";

const least = `type = "offchainreporting2"
schemaVersion = 1
name = "Evening draw"
relay = "simulated"
contractID = "0x1"
transmitterID = "node"
pluginType = "plugin"

[relayConfig]
chainID = "1337"

[pluginConfig]
pluginName = "draw"
telemetryType = "draws"
`;

function mistakes(toml: string): string {
  try {
    parseJob(toml, "job.toml", { kinds: ["median"] });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("a job of a generic product", () => {
  it("has the keys that a Chainlink node reads, and keeps the rest for the plugin", () => {
    const job = parseJob(
      `${least}command = "draw-plugin"
providerType = "median"
OCRVersion = 2
envVars = { A = "1" }
odds = 12345678901234567890123
`.replace(
        "odds = 12345678901234567890123\n",
        'odds = 9007199254740993\n[[pluginConfig.pipelines]]\nname = "p"\nspec = \'a [type=jsonparse data="1"]\'\n',
      ),
      "job.toml",
    );
    if (job.pluginType !== "plugin") throw new Error("the job is of another type");
    const { config, ...product } = job.product;
    expect(job.plugin).toBe("draw.evening-draw");
    expect(product).toEqual({
      pluginName: "draw",
      command: "draw-plugin",
      envVars: { A: "1" },
      providerType: "median",
      telemetryType: "draws",
    });
    // With every digit, which JSON.parse would not keep.
    expect(config).toBe(
      '{"pipelines":[{"name":"p","spec":"a [type=jsonparse data=\\"1\\"]"}],"pluginConfig":{"pluginName":"draw","telemetryType":"draws","command":"draw-plugin","providerType":"median","OCRVersion":2,"envVars":{"A":"1"},"odds":9007199254740993,"pipelines":[{"name":"p","spec":"a [type=jsonparse data=\\"1\\"]"}]}}',
    );
  });

  it("has defaults", () => {
    expect(parseJob(least, "job.toml")).toMatchObject({
      pluginType: "plugin",
      product: { providerType: "plugin", envVars: {}, config: expect.stringContaining('"pipelines":[]') },
    });
  });

  it.each([
    ['pluginName = "draw"\n', "", "pluginConfig.pluginName: It is missing and has no default"],
    ['telemetryType = "draws"\n', "", "pluginConfig.telemetryType: It is missing and has no default"],
    ['"draw"', '"a.b"', 'pluginConfig.pluginName: Expected a name of letters, digits, _ and -, got "a.b"'],
    ['"draw"', '"median"', "The node has a plugin kind with this name: give the product another name"],
    ["telemetryType", "OCRVersion = 3\ntelemetryType", "pluginConfig.OCRVersion: Expected 2, got 3"],
    ["telemetryType", 'providerType = "ccip"\ntelemetryType', 'Expected one of "plugin", "median", got "ccip"'],
    [
      "[relayConfig]",
      'observationSource = "a"\n[relayConfig]',
      "observationSource: The product's plugin observes: its pipelines belong in [[pluginConfig.pipelines]]",
    ],
    [
      "telemetryType",
      'pipelines = [{ name = "p", spec = "a [type=htp]" }]\ntelemetryType',
      'job.toml:14: pluginConfig.pipelines[0].spec: Task "a", type: there is no task type "htp"',
    ],
  ])("is refused where it cannot run: %s -> %s", (old, replacement, message) => {
    expect(mistakes(least.replace(old, replacement))).toContain(message);
  });
});
