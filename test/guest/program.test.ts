/** Plugins whose `setup` does not return what its type says, as plugins in plain JavaScript may. */
import { describe, expect, it } from "vitest";
import { createRuntime, definePlugin } from "../../src/index.ts";

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
