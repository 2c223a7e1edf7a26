/** A plugin's settings in the words of the runtime. */
import { afterAll, describe, expect, it } from "vitest";
import { toPluginOptions } from "../../../../src/node/config/plugins/options.ts";
import { resolvePlugin } from "../../../../src/node/config/plugins/resolve.ts";
import { parsePlugin } from "../../../../src/runtime/plugin-spec.ts";
import { createInProcessTransport } from "../../../../transports/in-process/index.ts";
import { createProcessTransport } from "../../../../transports/process/index.ts";
import type { PluginTransport } from "../../../../transports/transport.ts";
import { createWorkerTransport } from "../../../../transports/worker/index.ts";
import { createConfigs } from "../configs.ts";

const { load, remove } = createConfigs();
afterAll(remove);

describe("toPluginOptions()", () => {
  const builtIn = new URL("file:///built-in.ts");
  const pigeon = { ...createWorkerTransport(), kind: "carrier-pigeon" };
  const known = new Map<string, PluginTransport>(
    [createInProcessTransport(), createWorkerTransport(), createProcessTransport(), pigeon].map((one) => [
      one.kind,
      one,
    ]),
  );
  const optionsOf = (toml: string, env: Record<string, string> = {}) =>
    toPluginOptions(resolvePlugin(load(toml, [], env).plugins, "median.btc"), builtIn);

  it("runs the built-in module by default", () => {
    const options = optionsOf("");
    expect(options).toMatchObject({ module: builtIn, transport: "in-process" });
    const spec = parsePlugin("median.btc", options, known);
    expect(spec.kind).toBe("in-process");
    expect(spec.specOn("in-process").spec).toMatchObject({ module: builtIn });
  });

  it("has every key of a section as an option of the runtime", () => {
    const options = optionsOf(`
[plugins.median]
command = "/bin/sh"
args = ["-x"]
env = { FOO = "1" }
limits = { startTimeout = "30s", stopGrace = "1s", callTimeout = "5s", maxMessageBytes = 4096 }
restart = { initialDelay = "1s", maxDelay = "2s", factor = 3, jitter = 0.5, healthy = "1m", maxRestarts = 9, window = "5m" }
health = { interval = "1s", timeout = "500ms", misses = 2 }
[plugins.median.process]
cwd = "/tmp"
`);
    const spec = parsePlugin("median.btc", options, known);
    expect(spec).toMatchObject({
      kind: "process",
      startTimeoutMs: 30_000,
      stopGraceMs: 1000,
      callTimeoutMs: 5000,
      maxMessageBytes: 4096,
      restart: {
        initialDelayMs: 1000,
        maxDelayMs: 2000,
        factor: 3,
        jitter: 0.5,
        healthyMs: 60_000,
        maxRestarts: 9,
        windowMs: 300_000,
      },
      health: { intervalMs: 1000, timeoutMs: 500, misses: 2 },
    });
    expect(spec.specOn("process").spec).toMatchObject({
      module: undefined,
      command: "/bin/sh",
      args: ["-x"],
      env: { FOO: "1" },
      cwd: "/tmp",
    });
  });

  it("names no module where a command runs", () => {
    const options = optionsOf("", { CL_MEDIAN_CMD: "sh", CL_MEDIAN_ENV: "median.env" });
    expect(options.module).toBeUndefined();
    expect(options.options?.process).toEqual({
      command: "sh",
      args: [],
      env: { FOO: "from the env file", BAR: "2" },
    });
  });

  it("lets the node's variables override an env file, and the plugin's env override both", () => {
    const { plugins } = load('[plugins.median]\nenv = { OWN = "config" }', [], { CL_MEDIAN_ENV: "median.env" });
    const options = toPluginOptions(resolvePlugin(plugins, "median"), builtIn, {
      FOO: "node",
      OWN: "node",
      NEW: "node",
    });
    expect(options.options?.process?.env).toEqual({ FOO: "node", BAR: "2", OWN: "config", NEW: "node" });
  });
});
