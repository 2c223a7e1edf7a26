/** A transport's options among those of a plugin. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createRuntime, definePlugin } from "../../../src/index.ts";
import {
  andThen,
  LaunchError,
  moduleOptions,
  numberFrom,
  object,
  type PluginTransport,
  refusal,
  type StandardSchemaV1,
  type TransportOptions,
} from "../../../src/transports.ts";

const module = new URL("file:///a.plugin.ts");

/** A transport that does not get any plugin to run. */
function nowhere<Spec>(options: StandardSchemaV1<TransportOptions, Spec>, onLaunch: (spec: Spec) => void = () => {}) {
  const transport: PluginTransport<Spec> = {
    kind: "nowhere",
    capabilities: {
      boundary: "none",
      preemptible: false,
      memoryLimit: false,
      crossLanguage: false,
      capturesConsole: false,
    },
    options,
    async launch(spec) {
      onLaunch(spec);
      throw new LaunchError("launch-failed", "it is nowhere");
    },
  };
  return transport;
}

function withOptions(transport: PluginTransport, plugin: object) {
  return createRuntime({
    transports: [transport],
    plugins: { "a.b": { transport: "nowhere", ...plugin } },
    autoStart: false,
  });
}

describe("a transport's options", () => {
  const ours = moduleOptions("a plugin that is nowhere", object({ depth: numberFrom(0) }));
  const zods = z.object({
    module: z.instanceof(URL),
    options: z.strictObject({ depth: z.number().optional() }).optional(),
  });

  it.each([
    [
      { module, options: { nowhere: { depth: -1 } } },
      "plugins.a.b.options.nowhere.depth: expected a number of at least 0",
    ],
    [
      { module, options: { nowhere: { width: 1 } } },
      "plugins.a.b.options.nowhere.width: no such option; there are depth",
    ],
    [{ module, options: { nowhere: 7 } }, "plugins.a.b.options.nowhere: expected an object, got 7"],
    [{}, "plugins.a.b.module: a plugin that is nowhere needs the URL of a `module`"],
    [{ module: definePlugin({ setup: () => ({ routes: () => {} }) }) }, "plugins.a.b.module: a plugin that is nowhere"],
  ])("are refused with their path: %j", async (plugin, sentence) => {
    expect(() => withOptions(nowhere(ours), plugin)).toThrow(TypeError);
    expect(() => withOptions(nowhere(ours), plugin)).toThrow(sentence);
  });

  it.each([
    [{ module, options: { nowhere: { depth: "7" } } }, /^plugins\.a\.b\.options\.nowhere\.depth: .*number/],
    [{ module, options: { nowhere: { width: 1 } } }, /^plugins\.a\.b\.options\.nowhere: .*width/],
    [{}, /^plugins\.a\.b\.module: /],
  ])("may be checked by any library: %j", (plugin, sentence) => {
    expect(() => withOptions(nowhere(zods), plugin)).toThrow(sentence);
  });

  it("are told as the transport's where it refuses them as a whole", () => {
    const never = andThen(zods, () => refusal("there is no way there"));
    expect(() => withOptions(nowhere(never), { module })).toThrow("plugins.a.b.options.nowhere: there is no way there");
  });

  it("are checked once, and the transport has what was made of them for every launch", async () => {
    let checks = 0;
    const counted = andThen(ours, (spec) => ({ value: { ...spec, checked: ++checks } }));
    const launched: unknown[] = [];
    const transport = nowhere<unknown>(counted, (spec) => launched.push(spec));
    await using runtime = await withOptions(transport, { module, options: { nowhere: { depth: 3 } } });
    await expect(runtime.plugin("a.b").start()).rejects.toThrow(LaunchError);
    await expect(runtime.plugin("a.b").start()).rejects.toThrow(LaunchError);
    expect(launched).toEqual(Array(2).fill({ module, depth: 3, checked: 1 }));
  });

  it("of a transport that it does not start on are checked when the plugin is to go there", async () => {
    await using runtime = await createRuntime({
      transports: [nowhere(ours)],
      plugins: { a: { module, options: { nowhere: { depth: "deep" } } } },
      autoStart: false,
    });
    await expect(runtime.plugin("a").switchTo("nowhere")).rejects.toThrow(
      'plugins.a.options.nowhere.depth: expected a number of at least 0, got "deep"',
    );
  });
});
