/** Whole rounds of the frost product on every transport, and across instances of the plugin. */
import { describe, expect, it } from "vitest";
import { genericHandshake } from "../../src/loop/index.ts";
import { createTestRuntime } from "../../src/testing/index.ts";
import { createFrostNetwork, createWeatherStation } from "./network.ts";

const module = new URL("./frost.plugin.ts", import.meta.url);
describe.each(["in-process", "worker", "process"])("four oracles of one plugin instance, %s", (transport) => {
  it("report each crossing of the limit once, also when the plugin has crashed in between", async () => {
    await using station = await createWeatherStation();
    await using runtime = await createTestRuntime({
      plugins: { frost: { module, handshake: genericHandshake, transport } },
    });
    const plugin = runtime.plugin("frost");
    const network = createFrostNetwork(plugin, 0, station.pipeline);
    const roundAt = (celsius: number) => {
      station.celsius = celsius;
      return network.round();
    };

    expect(await roundAt(4.5)).toBe('{"frost":false,"celsius":4.5}');
    expect(await roundAt(0)).toBeUndefined();
    expect(await roundAt(-0.5)).toBe('{"frost":true,"celsius":-0.5}');
    expect(await roundAt(-7)).toBeUndefined();

    plugin.kill();
    await runtime.until("frost", "backing-off");
    await runtime.until("frost", "ready");
    expect(await roundAt(-8)).toBeUndefined();
    expect(await roundAt(1)).toBe('{"frost":false,"celsius":1}');

    expect(network.contract).toEqual([
      '{"frost":false,"celsius":4.5}',
      '{"frost":true,"celsius":-0.5}',
      '{"frost":false,"celsius":1}',
    ]);
    // Three reports, four oracles; lines of a process come when they come.
    const told = () => runtime.logs.filter(({ message }) => message === "a report is on its way").length;
    await expect.poll(told, { timeout: 10_000 }).toBe(12);
  });

  it("say why there is no observation, and refuse a job that is wrong", async () => {
    await using runtime = await createTestRuntime({
      plugins: { frost: { module, handshake: genericHandshake, transport } },
    });
    const plugin = runtime.plugin("frost");
    const unreachable = createFrostNetwork(plugin, 0, `answer [type=jsonparse data="no" path="celsius"];`);
    await expect(unreachable.round()).rejects.toThrow(/Cannot measure the temperature: .*answer/);
    const wrong = createFrostNetwork(plugin, Number.NaN, "");
    await expect(wrong.round()).rejects.toThrow(/Cannot use the config of "frost": pluginConfig.frostBelow: /);
  });
});
