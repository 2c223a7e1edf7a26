/** The factory and the reporting plugin that the conformance plugin makes, whichever product it is. */
import { expect } from "vitest";
import type { ReportingPluginFactory } from "../../../src/loop/reporting-plugin/types.ts";
import { callOptions } from "./support.ts";
import { reporting } from "./values.ts";

/** Calls every method with the values that it checks, and some with others. */
export async function expectReportingPlugin(factory: ReportingPluginFactory): Promise<void> {
  const { plugin, info } = await factory.newReportingPlugin(reporting.config, callOptions);
  expect(info).toEqual(reporting.info);
  const { timestamp, query, observation, observations, report } = reporting;
  expect(await plugin.query(timestamp, callOptions)).toEqual(query);
  expect(await plugin.observation(timestamp, query, callOptions)).toEqual(observation);
  expect(await plugin.report(timestamp, query, observations, callOptions)).toEqual(report);
  expect(await plugin.shouldAcceptFinalizedReport(timestamp, report, callOptions)).toBe(true);
  expect(await plugin.shouldTransmitAcceptedReport(timestamp, report, callOptions)).toBe(true);

  await expect(plugin.observation({ ...timestamp, epoch: 89 }, query, callOptions)).rejects.toThrow("expected");
  await expect(plugin.report(timestamp, report, observations, callOptions)).rejects.toThrow("expected");
  await plugin.close(callOptions);
}

/** Every field of the config goes over, each under its own name: the plugin says which one is not what it expects. */
export async function expectConfigChecked(factory: ReportingPluginFactory): Promise<void> {
  const others = {
    configDigest: new Uint8Array(32).fill(1),
    oracleId: 11,
    n: 13,
    f: 41,
    onchainConfig: Uint8Array.of(1),
    offchainConfig: new Uint8Array(),
    estimatedRoundIntervalMs: 999.999999,
    maxDurationQueryMs: 3_600_001,
    maxDurationObservationMs: 1.000001,
    maxDurationReportMs: 0.000999,
    maxDurationShouldAcceptFinalizedReportMs: 0,
    maxDurationShouldTransmitAcceptedReportMs: -60_000,
  } satisfies typeof reporting.config;
  for (const [field, value] of Object.entries(others)) {
    const wrong = factory.newReportingPlugin({ ...reporting.config, [field]: value }, callOptions);
    // The plugin's generic products have OCR3's word for one of them.
    const name = field.replace(/Ms$/, "").replace("Finalized", "(Finalized|Attested)");
    await expect(wrong).rejects.toThrow(new RegExp(`expected ${name} `, "i"));
  }
}
