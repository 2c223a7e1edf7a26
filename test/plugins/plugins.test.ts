/** The plugin modules as a node uses them: over a transport, through LOOP's clients, driven by the oracle engine. */

import { privateKeyToAddress } from "viem/accounts";
import { toHex } from "viem/utils";
import { afterEach, describe, expect, it } from "vitest";
import { zeroDataSource } from "../../src/loop/data-source/zero.ts";
import { medianHandshake, relayerHandshake } from "../../src/loop/handshakes.ts";
import { createPluginMedianClient } from "../../src/loop/median/client.ts";
import type { MedianFactoryArgs } from "../../src/loop/median/types.ts";
import { createPluginRelayerClient } from "../../src/loop/relayer/client.ts";
import type { ReportingPluginFactory } from "../../src/loop/reporting-plugin/types.ts";
import { createService } from "../../src/loop/service/component.ts";
import { encodeOffchainConfig } from "../../src/ocr2/config/offchain-config.ts";
import { createMemoryStore } from "../../src/ocr2/memory-store.ts";
import { createSoloEngine } from "../../src/ocr2/oracle/solo-engine.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { check } from "../../transports/options/check.ts";
import type { Handshake } from "../../transports/plugin.ts";
import { systemClock } from "../../transports/time/clock.ts";
import type { PluginInstance } from "../../transports/transport.ts";
import {
  bytes,
  createInstances,
  createKeyring,
  fastLocalConfig,
  offchainConfigFor,
  recordEvents,
} from "../ocr2/support.ts";
import { createTestKeystore, createTestLog } from "./support.ts";

const address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const transmitter = privateKeyToAddress(`0x${"77".repeat(32)}`);
const keyring = createKeyring(10);

const owned: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).toReversed()) await end();
});

async function launch(name: string, handshake: Handshake): Promise<PluginInstance> {
  const transport = createInProcessTransport();
  const module = new URL(`../../src/plugins/${name}/plugin.ts`, import.meta.url);
  const instance = await transport.launch(check(transport.options, { module }, name), {
    name,
    generation: 1,
    config: undefined,
    handshake,
    guestProgram: new URL("../../src/guest/program.ts", import.meta.url),
    signal: new AbortController().signal,
    onLog: () => {},
  });
  owned.push(() => instance.stop({ graceMs: 2000 }));
  return instance;
}

async function launchRelayer() {
  const offchainConfig = encodeOffchainConfig(offchainConfigFor([keyring], { maxDurationQueryMs: 0 }));
  const instance = await launch("simulated", relayerHandshake);
  const relayer = await createPluginRelayerClient(instance, instance.broker).newRelayer(
    `
      ChainID = "1337"
      [[Feeds]]
      Address = "${address}"
      MinAnswer = 1
      MaxAnswer = "1000000000000"
      Decimals = 8
      Description = "WIDGET / USD"
      [Feeds.Config]
      Signers = ["${toHex(keyring.onchain.publicKey)}"]
      Transmitters = ["${transmitter}"]
      F = 0
      OffchainConfig = "${toHex(offchainConfig)}"
    `,
    createTestKeystore([transmitter]),
  );
  return relayer.newMedianProvider(
    {
      externalJobId: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
      jobId: 1,
      contractId: address,
      isNew: true,
      relayConfig: bytes(0, 0),
    },
    { transmitterId: transmitter, pluginConfig: bytes(0, 0) },
  );
}

/** A factory that is made again in a new instance of the plugin when the last one has ended. */
function createFactory(args: MedianFactoryArgs, instances: PluginInstance[]): ReportingPluginFactory {
  let made: Promise<ReportingPluginFactory> | undefined;
  const make = async () => {
    const instance = await launch("median", medianHandshake);
    instances.push(instance);
    void instance.exited.then(() => {
      made = undefined;
    });
    return createPluginMedianClient(instance, instance.broker).newMedianFactory(args);
  };
  return {
    ...createService("TestFactory"),
    async newReportingPlugin(config, options) {
      made ??= make();
      return (await made).newReportingPlugin(config, options);
    },
  };
}

async function startFeed() {
  const provider = await launchRelayer();
  const instances: PluginInstance[] = [];
  const price = { value: 1000n };
  const factory = createFactory(
    {
      provider,
      contractId: address,
      dataSource: { observe: async () => price.value },
      juelsPerFeeCoin: { observe: async () => 7n },
      gasPriceSubunits: zeroDataSource,
      errorLog: { saveError: async () => {} },
    },
    instances,
  );
  const engine = createSoloEngine({
    provider,
    factory: createInstances(factory),
    keyring,
    localConfig: fastLocalConfig,
    store: createMemoryStore(),
    clock: systemClock,
    log: createTestLog(),
  });
  owned.push(() => engine.stop());
  const events = recordEvents(engine);
  engine.start();
  return { provider, instances, price, events };
}

describe("the median and the simulated relayer plugin together", () => {
  it("move the feed's answer, even with a query limit of zero", async () => {
    const { provider, price, events } = await startFeed();
    await events.next("transmitted");
    price.value = 2000n;
    events.skip();
    // The round that is under way may have observed the old price.
    await events.next("transmitted");
    await events.next("transmitted");
    const { latestAnswer, epoch, round } = await provider.medianContract.latestTransmissionDetails();
    expect(latestAnswer).toBe(2000n);
    expect(epoch * 256 + round).toBeGreaterThan(256);
    expect(events.events.filter(({ type }) => type === "failed")).toEqual([]);
  });

  it("continue after the median's instance has ended in the middle of a round", async () => {
    const { instances, price, events } = await startFeed();
    await events.next("transmitted");
    instances[0]!.kill();
    await events.next("plugin-started");
    price.value = 3000n;
    await events.next("transmitted");
    expect(instances).toHaveLength(2);
    const failed = events.events.flatMap((event) => (event.type === "failed" ? [event.phase] : []));
    expect(failed.length).toBeGreaterThan(0);
  });
});
