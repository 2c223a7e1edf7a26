/** Plugins whose `setup` does not return what its type says, as plugins in plain JavaScript may. */
import { describe, expect, it } from "vitest";
import { Diagnostics } from "../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { createRuntime, definePlugin, type PluginModule } from "../../src/index.ts";

describe("a plugin whose setup returns what serves nothing", () => {
  const wanted = "it must return an object with `routes`, a function that adds the plugin's services to a router";
  it.each([
    [undefined, `The plugin's \`setup\` returned undefined: ${wanted}`],
    [5, `The plugin's \`setup\` returned 5: ${wanted}`],
    [[], `The plugin's \`setup\` returned a list: ${wanted}`],
    [{}, `The plugin's \`setup\` returned an object whose \`routes\` is undefined: ${wanted}`],
    [{ routes: 5 }, `The plugin's \`setup\` returned an object whose \`routes\` is 5: ${wanted}`],
    [
      { routes() {}, dispose: true },
      "The plugin's `setup` returned an object whose `dispose` is true: it must be a function, or left out",
    ],
  ])("does not start, and says why in one sentence: %j", async (served, sentence) => {
    for (const setup of [() => served, async () => served]) {
      const plugin = definePlugin({ setup: setup as never });
      const starting = createRuntime({ plugins: { plugin: { module: plugin } }, onLog: () => {} });
      await expect(starting).rejects.toThrow(sentence);
    }
  });
});

describe("what a plugin's metrics say of itself", () => {
  const aboutItself = async (plugin: PluginModule) => {
    await using runtime = await createRuntime({ plugins: { plugin: { module: plugin } }, onLog: () => {} });
    const { body } = await runtime.client("plugin", Diagnostics).collectMetrics({});
    return body.split("\n").filter((line) => /^(version|health)\{/.test(line));
  };

  it("is that it is one service of no known version, where it does not say more", async () => {
    expect(await aboutItself({ setup: () => ({ routes() {} }) })).toEqual([
      'version{version="unset",commit="unset"} 1',
      'health{service_id="plugin"} 1',
    ]);
  });

  it("is its version, and each of its parts", async () => {
    const report = new Map([
      ["Part", ""],
      ["Part.Broken", "no chain answers"],
    ]);
    const service = { name: () => "Part", healthReport: async () => report };
    expect(await aboutItself({ version: "1.2.3", setup: () => ({ routes() {}, service }) })).toEqual([
      'version{version="1.2.3",commit="unset"} 1',
      'health{service_id="Part"} 1',
      'health{service_id="Part.Broken"} 0',
    ]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("broken");
      },
    ],
    ["never answers", () => new Promise<never>(() => {})],
  ])("is that it is not well when its report %s", async (_, healthReport) => {
    const service = { name: () => "Part", healthReport };
    expect(await aboutItself({ setup: () => ({ routes() {}, service }) })).toContain('health{service_id="Part"} 0');
  });
});
