/** The generic products that the conformance plugin is: they call what our host serves, before they make a factory. */
import { expect, it } from "vitest";
import { genericHandshake } from "../../../src/loop/handshakes.ts";
import { createReportingPluginServiceClient } from "../../../src/loop/reporting-plugin-service/client.ts";
import type { ReportingPluginFactoryArgs } from "../../../src/loop/reporting-plugin-service/types.ts";
import type { Telemetry } from "../../../src/loop/telemetry/types.ts";
import { failure } from "../../../src/testing/failure.ts";
import type { PeerName } from "../peers.ts";
import { describePeer } from "../support.ts";
import { expectConfigChecked, expectReportingPlugin } from "./reporting.ts";
import { createMedianProvider } from "./served.ts";
import { callOptions, generations, startConformancePlugin } from "./support.ts";
import { generic } from "./values.ts";

function createArgs(): Required<ReportingPluginFactoryArgs> {
  return {
    config: {
      providerType: "plugin",
      command: "cmd",
      pluginName: "test",
      pluginConfig: "{}",
      telemetryType: generic.telemetry.telemetryType,
    },
    provider: createMedianProvider(),
    errorLog: { saveError: async () => {} },
    pipelineRunner: { executeRun: async () => [] },
    telemetry: { send: async () => {} },
    keyValueStore: { store: async () => {}, get: async () => undefined, pruneExpiredEntries: async () => 0 },
  };
}

async function startProduct(name: PeerName, command: string) {
  const { plugin, make } = await startConformancePlugin(name, command, { handshake: genericHandshake });
  return {
    plugin,
    root: await make(async (instance) => createReportingPluginServiceClient(instance, instance.broker)),
  };
}

for (const generation of generations) {
  describePeer(generation, "generic product under our host", (name) => productChecks(name, "plugin-service"));
  describePeer(generation, "generic product with a median provider under our host", (name) =>
    productChecks(name, "ocr2-reporting-plugin-with-median-provider"),
  );
}

function productChecks(name: PeerName, command: string): void {
  // Of all that it is given it only asks for the telemetry: for the rest it compares its own values with themselves.
  it("sends the telemetry that it expects to send", async () => {
    const { root } = await startProduct(name, command);
    const sent: unknown[] = [];
    const telemetry: Telemetry = { send: async (message) => void sent.push({ ...message }) };
    await root.newReportingPluginFactory({ ...createArgs(), telemetry }, callOptions);
    expect(sent).toEqual([generic.telemetry]);
  });

  it("repeats what the host's telemetry failed with, or that there is none", async () => {
    const { root } = await startProduct(name, command);
    const full = { send: () => Promise.reject(new Error("the collector is full")) };
    const failed = await failure(root.newReportingPluginFactory({ ...createArgs(), telemetry: full }, callOptions));
    expect(failed.rawMessage).toContain("the collector is full");
    const { telemetry: _, ...without } = createArgs();
    const none = await failure(root.newReportingPluginFactory(without, callOptions));
    expect(none.rawMessage).toContain("this host takes no telemetry");
  });

  it("makes a reporting plugin that answers every method, and checks every field of its config", async () => {
    const { root } = await startProduct(name, command);
    const factory = await root.newReportingPluginFactory(createArgs(), callOptions);
    await expectReportingPlugin(factory);
    await expectConfigChecked(factory);
  });

  it("checks a job's config", async () => {
    const { root } = await startProduct(name, command);
    const validation = await root.newValidationService(callOptions);
    await validation.validateConfig(generic.goodConfig, callOptions);
    await expect(validation.validateConfig({}, callOptions)).rejects.toThrow("expected map[isGoodConfig:true");
  });

  it("shuts down gracefully when it is asked to", async () => {
    const { plugin, root } = await startProduct(name, command);
    await root.newReportingPluginFactory(createArgs(), callOptions);
    await plugin.stop();
    expect(plugin.status.lastExit).toMatchObject({ reason: "clean", code: 0 });
  });
}
