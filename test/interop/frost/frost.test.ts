/** A product that was written in Go, the twin of examples/frost, under our host: it runs our pipelines and keeps its values with us. */
import { expect, it, onTestFinished } from "vitest";
import { createFrostNetwork, createWeatherStation } from "../../../examples/frost/network.ts";
import { genericHandshake } from "../../../src/loop/index.ts";
import { loopEnvironment } from "../../../src/node/config/loop/environment.ts";
import { createTestRuntime } from "../../../src/testing/index.ts";
import { type PeerName, peer } from "../peers.ts";
import { describePeer } from "../support.ts";

/** What a node gives its plugins. Without it they do not start. */
const env = loopEnvironment(
  { sections: {}, forwarded: {}, metricsHost: "127.0.0.1" },
  { metricsPort: 0, appId: "00000000-0000-0000-0000-000000000000" },
);

async function startFrost(name: PeerName) {
  const command = await peer(name);
  const runtime = await createTestRuntime({
    plugins: { frost: { options: { process: { command, env } }, handshake: genericHandshake } },
  });
  onTestFinished(() => runtime.close());
  return { runtime, plugin: runtime.plugin("frost") };
}

for (const name of ["frost-2024", "frost-2026"] as const satisfies PeerName[]) {
  describePeer(name, "a product under our host", () => {
    it("four oracles report each crossing of the limit once, also when the plugin was killed in between", async () => {
      await using station = await createWeatherStation();
      const { plugin, runtime } = await startFrost(name);
      const network = createFrostNetwork(plugin, 0, station.pipeline);
      const roundAt = (celsius: number) => {
        station.celsius = celsius;
        return network.round();
      };

      expect(await roundAt(4.5)).toBe('{"frost":false,"celsius":4.5}');
      expect(await roundAt(0)).toBeUndefined();
      expect(await roundAt(-0.5)).toBe('{"frost":true,"celsius":-0.5}');

      process.kill(plugin.status.pid ?? 0, "SIGKILL");
      await runtime.until("frost", "backing-off");
      await runtime.until("frost", "ready");
      expect(await roundAt(-8)).toBeUndefined();
      expect(await roundAt(1)).toBe('{"frost":false,"celsius":1}');
      expect(network.contract).toHaveLength(3);
    });

    it("a task that fails is told to the plugin, and comes back in its own error", async () => {
      const { plugin } = await startFrost(name);
      const network = createFrostNetwork(plugin, 0, `answer [type=jsonparse data="no" path="celsius"];`);
      await expect(network.round()).rejects.toThrow(/cannot measure the temperature: .*answer/);
    });

    it("a job's config that it refuses is refused with its own words", async () => {
      const { plugin } = await startFrost(name);
      const network = createFrostNetwork(plugin, Number.NaN, "");
      await expect(network.round()).rejects.toThrow("pluginConfig wants frostBelow and one pipeline");
    });
  });
}
