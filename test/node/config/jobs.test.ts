/** The jobs of a config. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { jobsOf } from "../../../src/node/config/jobs.ts";
import { ConfigError } from "../../../src/settings/mistakes.ts";
import { createConfigs, simulatedFeeds } from "./configs.ts";

const { directory, load, remove } = createConfigs();
afterAll(remove);

const chain = `[[Simulated]]\nChainID = "7"${simulatedFeeds}`;

function writeJob(name: string, more = "", relay = "simulated", product = "draw"): string {
  const file = join(directory, `${name}.toml`);
  const text = `type = "offchainreporting2"
schemaVersion = 1
name = "${name}"
relay = "${relay}"
contractID = "feed"
transmitterID = "node"
pluginType = "plugin"
${more}
[relayConfig]
chainID = "7"
[pluginConfig]
pluginName = "${product}"
telemetryType = "draws"
`;
  writeFileSync(file, text);
  return file;
}

describe("jobsOf()", () => {
  it("makes the jobs of the files as the config has read them, even when they have changed since", () => {
    const file = writeJob("evening");
    const config = load(`${chain}[plugins.draw]\ntransport = "worker"`, ["--job", file]);
    expect(config.plugins.kinds).toContain("draw");
    rmSync(file);
    expect(jobsOf(config).map(({ plugin }) => plugin)).toEqual(["draw.evening"]);
  });

  it("lifts the bounds of a job's own OCR2 settings where the config is in development mode", () => {
    const file = writeJob("fast", 'contractConfigTrackerPollInterval = "50ms"');
    const mode = '[OCR2]\nDevelopmentMode = "enable dangerous development mode"\n';
    expect(() => jobsOf(load(chain, ["--job", file]))).toThrow("50ms is out of range");
    expect(jobsOf(load(`${mode}${chain}`, ["--job", file]))[0]?.localConfig).toEqual({
      contractConfigTrackerPollIntervalMs: 50,
    });
  });

  it("refuses a variable that several products have, because it cannot say which of them it is for", () => {
    const argv = ["draw-a", "Draw_A"].flatMap((product) => ["--job", writeJob(product, "", "simulated", product)]);
    expect(jobsOf(load(chain, argv)).map(({ plugin }) => plugin)).toEqual(["draw-a.draw-a", "Draw_A.draw_a"]);
    expect(() => load(chain, argv, { CL_DRAW_A_CMD: process.execPath })).toThrow(
      "CL_DRAW_A_CMD: It is the variable of Draw_A and of draw-a: name their commands in the config, or rename all but one",
    );
  });

  it("refuses a job that names what the config does not have, and a file that is not there", () => {
    const files = [writeJob("moon", "", "moon"), join(directory, "none.toml")];
    const argv = files.flatMap((file) => ["--job", file]);
    let thrown: unknown;
    try {
      jobsOf(load(chain, argv));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as ConfigError).message).toMatch(
      /moon\.toml:4: relay: There is no relay "moon", only evm, .*\n.*none\.toml:1: There is no such file/,
    );
  });
});
