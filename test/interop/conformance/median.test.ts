/** The median product that the conformance plugin is with `-cmd median`: it calls all that our host serves, before it makes a factory. */
import { expect, it } from "vitest";
import { medianHandshake } from "../../../src/loop/handshakes.ts";
import { createPluginMedianClient } from "../../../src/loop/median/client.ts";
import type { MedianFactoryArgs } from "../../../src/loop/median/types.ts";
import type { ReportingPluginFactory } from "../../../src/loop/reporting-plugin/types.ts";
import { failure } from "../../../src/testing/failure.ts";
import { type Recorded, recording } from "../../loop/samples.ts";
import type { PeerName } from "../peers.ts";
import { describePeer } from "../support.ts";
import { expectConfigChecked, expectReportingPlugin } from "./reporting.ts";
import { createDataSource, createMedianProvider, withExactTime } from "./served.ts";
import { callOptions, generations, startConformancePlugin } from "./support.ts";
import { median } from "./values.ts";

async function startMedian(name: PeerName) {
  const { plugin, make } = await startConformancePlugin(name, "median", { handshake: medianHandshake });
  const root = await make(async (instance) => createPluginMedianClient(instance, instance.broker));
  return { plugin, root, newFactory: (args: Partial<MedianFactoryArgs> = {}) => newFactory(root, args) };
}

function newFactory(
  root: ReturnType<typeof createPluginMedianClient>,
  args: Partial<MedianFactoryArgs>,
): Promise<ReportingPluginFactory> {
  return root.newMedianFactory(
    {
      provider: withExactTime(createMedianProvider()),
      contractId: median.contractId,
      dataSource: createDataSource(median.value),
      juelsPerFeeCoin: createDataSource(median.juelsPerFeeCoin),
      gasPriceSubunits: createDataSource(median.gasPriceSubunits),
      errorLog: { saveError: async () => {} },
      ...args,
    },
    callOptions,
  );
}

for (const generation of generations) describePeer(generation, "median product under our host", medianChecks);

function medianChecks(name: PeerName): void {
  it("finds every value of a provider, of the data sources and of the error log as it expects them", async () => {
    const { newFactory } = await startMedian(name);
    const asked: Recorded[] = [];
    const observed: Recorded[] = [];
    const errors: string[] = [];
    await newFactory({
      provider: withExactTime(recording(createMedianProvider(), asked)),
      dataSource: recording(createDataSource(median.value), observed),
      juelsPerFeeCoin: recording(createDataSource(median.juelsPerFeeCoin), observed),
      gasPriceSubunits: recording(createDataSource(median.gasPriceSubunits), observed),
      errorLog: { saveError: async (message) => void errors.push(message) },
    });
    expect(asked.map(({ method }) => method)).toEqual([
      "contractReader.getLatestValue",
      "offchainConfigDigester.configDigestPrefix",
      "offchainConfigDigester.configDigest",
      "contractConfigTracker.latestConfigDetails",
      "contractConfigTracker.latestBlockHeight",
      "contractConfigTracker.latestConfig",
      "contractTransmitter.fromAccount",
      "contractTransmitter.latestConfigDigestAndEpoch",
      "contractTransmitter.transmit",
      "reportCodec.buildReport",
      "reportCodec.medianFromReport",
      "reportCodec.maxReportLength",
      "medianContract.latestRoundRequested",
      "onchainConfigCodec.encode",
      "onchainConfigCodec.decode",
      "contractReader.getLatestValue",
    ]);
    expect(observed.map(({ args }) => args)).toEqual([[median.timestamp], [median.timestamp], [median.timestamp]]);
    expect(errors).toEqual([median.error]);
  });

  it("names the value that is not what it expects", async () => {
    const { newFactory } = await startMedian(name);
    const wrong: [Partial<MedianFactoryArgs>, string][] = [
      [{ dataSource: createDataSource(998n) }, "expected Value 999 but got 998"],
      [{ juelsPerFeeCoin: createDataSource(-1234n) }, "expected Value 1234 but got -1234"],
      [{ gasPriceSubunits: createDataSource(2n ** 191n - 1n) }, `expected Value 777 but got ${2n ** 191n - 1n}`],
      [{ contractId: "0x43" }, "contract address does not equal static median implementation"],
    ];
    for (const [args, text] of wrong) expect((await failure(newFactory(args))).rawMessage).toContain(text);
  });

  it("takes a gas price of zero for a data source that is not in use", async () => {
    await (await startMedian(name)).newFactory({ gasPriceSubunits: createDataSource(0n) });
  });

  it("repeats what a method of the provider or of the error log failed with", async () => {
    const { newFactory } = await startMedian(name);
    const silent = { saveError: () => Promise.reject(new Error("the log is full")) };
    expect((await failure(newFactory({ errorLog: silent }))).rawMessage).toContain("the log is full");
    const provider = createMedianProvider();
    provider.contractTransmitter.fromAccount = () => Promise.reject(new Error("no account"));
    expect((await failure(newFactory({ provider: withExactTime(provider) }))).rawMessage).toContain("no account");
  });

  it("makes a reporting plugin that answers every method", async () => {
    await expectReportingPlugin(await (await startMedian(name)).newFactory());
  });

  it("gets every field of a reporting plugin's config under its own name", async () => {
    await expectConfigChecked(await (await startMedian(name)).newFactory());
  });

  it("makes several factories in one instance, and goes on when one of them is closed", async () => {
    const { newFactory } = await startMedian(name);
    const [first, second] = [await newFactory(), await newFactory()];
    await first.close(callOptions);
    await expectReportingPlugin(second);
  });

  // The plugins of the older generation panic when they are asked for their health.
  if (name === "conformance-2026") {
    it("reports the health of all that is in it under the host's names", async () => {
      const { root } = await startMedian(name);
      const inside = "PluginMedianClient.staticMedianFactoryServer";
      const names = ["PluginMedianClient", inside, `${inside}.staticReportingPluginFactory`];
      // Go's maps have no order.
      const report = [...(await root.healthReport(callOptions))].sort();
      expect(report).toEqual(names.map((component) => [component, ""]));
      await root.ready(callOptions);
    });
  }

  it("shuts down gracefully when it is asked to", async () => {
    const { plugin, newFactory } = await startMedian(name);
    await newFactory();
    await plugin.stop();
    expect(plugin.status.lastExit).toMatchObject({ reason: "clean", code: 0 });
  });
}
