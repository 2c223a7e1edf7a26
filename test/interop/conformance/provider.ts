/** The providers and readers that the conformance plugin makes as a relayer: every method, with what it checks and with something else. */
import { expect } from "vitest";
import type { ContractReader } from "../../../src/loop/contract-reader/types.ts";
import type { MedianProvider } from "../../../src/loop/median-provider/types.ts";
import type { ConfigProvider, PluginProvider } from "../../../src/loop/provider/types.ts";
import { failure } from "../../../src/testing/failure.ts";
import { decodeTexts, encodeTexts } from "./cbor.ts";
import { callOptions } from "./support.ts";
import { contractReader, median, provider } from "./values.ts";

export async function expectConfigProvider({
  offchainConfigDigester,
  contractConfigTracker,
}: ConfigProvider): Promise<void> {
  expect(await offchainConfigDigester.configDigestPrefix(callOptions)).toBe(provider.digestPrefix);
  expect(await offchainConfigDigester.configDigest(provider.contractConfig, callOptions)).toEqual(provider.digest);
  await expect(offchainConfigDigester.configDigest({ ...provider.contractConfig, f: 12 }, callOptions)).rejects.toThrow(
    "expected contract config",
  );
  expect(await contractConfigTracker.latestConfigDetails(callOptions)).toEqual({
    changedInBlock: provider.changedInBlock,
    configDigest: provider.digest,
  });
  expect(await contractConfigTracker.latestConfig(provider.changedInBlock, callOptions)).toEqual(
    provider.contractConfig,
  );
  await expect(contractConfigTracker.latestConfig(13n, callOptions)).rejects.toThrow(
    "expected changed in block 14 but got 13",
  );
  expect(await contractConfigTracker.latestBlockHeight(callOptions)).toBe(provider.blockHeight);
}

export async function expectTransmitter({ contractTransmitter }: PluginProvider): Promise<void> {
  expect(await contractTransmitter.fromAccount(callOptions)).toBe(provider.account);
  expect(await contractTransmitter.latestConfigDigestAndEpoch(callOptions)).toEqual({
    configDigest: provider.digest,
    epoch: provider.epoch,
  });
  await contractTransmitter.transmit(provider.reportContext, provider.report, provider.signatures, callOptions);
  await expect(
    contractTransmitter.transmit(provider.reportContext, median.report, provider.signatures, callOptions),
  ).rejects.toThrow("expected report");
}

export async function expectMedianProvider(made: MedianProvider): Promise<void> {
  await expectTransmitter(made);
  const { reportCodec, medianContract, onchainConfigCodec } = made;
  expect(await reportCodec.buildReport(median.observations, callOptions)).toEqual(median.report);
  expect(await reportCodec.medianFromReport(median.report, callOptions)).toBe(median.medianOfReport);
  expect(await reportCodec.maxReportLength(median.n, callOptions)).toBe(median.maxReportLength);
  await expect(reportCodec.maxReportLength(13, callOptions)).rejects.toThrow("expected n 12 but got 13");

  const { seconds, nanos } = median.latestTimestamp;
  expect(await medianContract.latestTransmissionDetails(callOptions)).toEqual({
    ...median.latest,
    latestAnswer: median.latestAnswer,
    latestTimestamp: Number(seconds) * 1000 + nanos / 1_000_000,
  });
  expect(await medianContract.latestRoundRequested(median.lookbackMs, callOptions)).toEqual(median.latest);
  await expect(medianContract.latestRoundRequested(64_000.000001, callOptions)).rejects.toThrow(
    "expected lookback 1m4s but got 1m4.000000001s",
  );

  expect(await onchainConfigCodec.encode(median.onchainConfig, callOptions)).toEqual(median.encodedOnchainConfig);
  expect(await onchainConfigCodec.decode(median.encodedOnchainConfig, callOptions)).toEqual(median.onchainConfig);
  await expect(onchainConfigCodec.encode({ ...median.onchainConfig, min: 12n }, callOptions)).rejects.toThrow(
    "expected min -12 but got 12",
  );
}

export async function expectContractReader(reader: ContractReader): Promise<void> {
  const { readIdentifier, encoding, params, latestValue } = contractReader;
  const query = { readIdentifier, confidence: "unconfirmed", asValueType: false } as const;
  const asked = { version: encoding, data: encodeTexts(params) };
  const { version, data } = await reader.getLatestValue({ ...query, params: asked }, callOptions);
  expect([version, decodeTexts(data)]).toEqual([encoding, latestValue]);
  await reader.bind([{ address: "0x24", name: "anyContract" }], callOptions);
  await reader.unbind([{ address: "0x24", name: "anyContract" }], callOptions);
  const elsewhere = reader.getLatestValue({ ...query, readIdentifier: "0x25", params: asked }, callOptions);
  expect((await failure(elsewhere)).rawMessage).toContain("invalid type");
  const others = { ...asked, data: encodeTexts({ ...params, param2: "value3" }) };
  expect((await failure(reader.getLatestValue({ ...query, params: others }, callOptions))).rawMessage).toContain(
    "Wrong params value",
  );
}
