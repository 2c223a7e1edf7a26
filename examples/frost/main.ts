/** The frost product on each transport in turn, as the evening gets cold. */
import { createRuntime } from "../../src/index.ts";
import { genericHandshake } from "../../src/loop/index.ts";
import { createFrostNetwork, createWeatherStation } from "./network.ts";

await using station = await createWeatherStation();
await using runtime = await createRuntime({
  plugins: { frost: { module: new URL("./frost.plugin.ts", import.meta.url), handshake: genericHandshake } },
  onLog: () => {},
});
const plugin = runtime.plugin("frost");
const network = createFrostNetwork(plugin, 0, station.pipeline);

for (const [celsius, transport] of [
  [4.5, "in-process"],
  [-1, "in-process"],
  [-3, "worker"],
  [0.5, "process"],
] as const) {
  if (plugin.transport !== transport) await plugin.switchTo(transport);
  station.celsius = celsius;
  console.log(`${transport}, ${celsius} °C: ${(await network.round()) ?? "nothing new"}`);
}
console.log(`the contract has ${network.contract.length} reports`);
