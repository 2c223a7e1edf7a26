import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { MedianContract, OnchainConfigCodec, ReportCodec } from "../../proto/gen/loop/median_pb.ts";
import { connectionOf } from "../../src/loop/connection.ts";
import { createMedianProviderClient } from "../../src/loop/median-provider/client.ts";
import { medianProviderRoutes } from "../../src/loop/median-provider/server.ts";
import type { MedianProvider } from "../../src/loop/median-provider/types.ts";
import { bytes, createSampleProvider, digest, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

const observation = {
  timestamp: 4_294_967_295,
  value: -31n,
  juelsPerFeeCoin: 2n ** 190n,
  gasPriceSubunits: 0n,
  observer: 255,
};

describe.each(pairs)("a median provider over $name", ({ create }) => {
  async function connect(provider: MedianProvider = createSampleProvider()) {
    const calls: Recorded[] = [];
    const connection = await create().main(medianProviderRoutes(recording(provider, calls)));
    return { calls, connection, client: createMedianProviderClient(connection) };
  }

  it("builds and reads reports", async () => {
    const { calls, client } = await connect();
    expect(await client.reportCodec.buildReport([observation, observation])).toEqual(bytes(2));
    expect(await client.reportCodec.medianFromReport(bytes(7))).toBe(-1042n);
    expect(await client.reportCodec.maxReportLength(31)).toBe(992);
    expect(calls).toMatchObject([
      { method: "reportCodec.buildReport", args: [[observation, observation]] },
      { method: "reportCodec.medianFromReport", args: [bytes(7)] },
      { method: "reportCodec.maxReportLength", args: [31] },
    ]);
  });

  it("reads the contract's state", async () => {
    const { calls, client } = await connect();
    expect(await client.medianContract.latestTransmissionDetails()).toEqual({
      configDigest: digest(13),
      epoch: 7,
      round: 11,
      latestAnswer: 0n,
      latestTimestamp: 1_234_567_890_125,
    });
    expect(await client.medianContract.latestRoundRequested(64_000.5)).toEqual({
      configDigest: digest(0),
      epoch: 0,
      round: 0,
    });
    expect(calls[1]).toMatchObject({ method: "medianContract.latestRoundRequested", args: [64_000.5] });
  });

  it("encodes and decodes the on-chain config", async () => {
    const { calls, client } = await connect();
    expect(await client.onchainConfigCodec.encode({ min: 0n, max: -1n })).toEqual(bytes(1, 2));
    expect(await client.onchainConfigCodec.decode(bytes(3))).toEqual({ min: -12n, max: 2n ** 191n - 1n });
    expect(calls).toMatchObject([
      { method: "onchainConfigCodec.encode", args: [{ min: 0n, max: -1n }] },
      { method: "onchainConfigCodec.decode", args: [bytes(3)] },
    ]);
  });

  it("also has the services of every provider", async () => {
    const { client } = await connect();
    expect(await client.contractTransmitter.fromAccount()).toBe("some account");
    await client.ready();
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000 };
    await client.reportCodec.buildReport([], options);
    await client.reportCodec.medianFromReport(bytes(), options);
    await client.reportCodec.maxReportLength(1, options);
    await client.medianContract.latestTransmissionDetails(options);
    await client.medianContract.latestRoundRequested(1, options);
    await client.onchainConfigCodec.encode({ min: 1n, max: 2n }, options);
    await client.onchainConfigCodec.decode(bytes(), options);
    expect(calls).toHaveLength(7);
    for (const call of calls) {
      expect(call.options, call.method).toMatchObject({
        timeoutMs: expect.any(Number),
        signal: expect.any(AbortSignal),
      });
    }
  });

  it("refuses arguments that are out of bounds", async () => {
    const { calls, client } = await connect();
    const { buildReport, maxReportLength } = client.reportCodec;
    await expect(buildReport([{ ...observation, observer: 256 }])).rejects.toThrow(
      "expected uint8 Observer (max 255) but got 256",
    );
    await expect(buildReport([{ ...observation, timestamp: -1 }])).rejects.toThrow("expected uint32 Timestamp");
    await expect(maxReportLength(-1)).rejects.toThrow("expected length or count N");
    await expect(client.medianContract.latestRoundRequested(Number.NaN)).rejects.toThrow(
      "expected a duration in milliseconds for Lookback but got NaN",
    );
    expect(calls).toEqual([]);
  });

  it("refuses invalid requests of other clients, but not the requests of old ones", async () => {
    const { calls, connection } = await connect();
    const build = (init: object) =>
      connection.transport.unary(ReportCodec.method.buildReport, undefined, undefined, undefined, {
        observations: [init],
      });
    const value = { value: bytes(1) };
    await expect(build({ julesPerFeeCoin: value })).rejects.toThrow(
      "Cannot read an observation's value: unexpected nil big.Int",
    );
    await expect(build({ value })).rejects.toThrow("Cannot read an observation's juelsPerFeeCoin");
    await expect(build({ value, julesPerFeeCoin: value, observer: 256 })).rejects.toThrow(
      "expected uint8 Observer (max 255) but got 256",
    );
    const encode = connection.transport.unary(OnchainConfigCodec.method.encode, undefined, undefined, undefined, {});
    await expect(encode).rejects.toThrow("its onchainConfig is missing");
    expect(calls).toEqual([]);

    // Plugins from before May 2024 do not send the gas price.
    await build({ value, julesPerFeeCoin: value });
    expect(calls[0]?.args).toEqual([
      [{ timestamp: 0, value: 1n, juelsPerFeeCoin: 1n, gasPriceSubunits: 0n, observer: 0 }],
    ]);
  });

  it("refuses invalid answers of other servers", async () => {
    const client = createMedianProviderClient(
      await create().main((router) => {
        router.service(ReportCodec, { medianFromReport: () => ({}), maxReportLength: () => ({ max: -1n }) });
        router.service(MedianContract, {
          latestTransmissionDetails: () => ({ configDigest: digest(1), round: 1 }),
          latestRoundRequested: () => ({ configDigest: bytes(1, 2) }),
        });
        router.service(OnchainConfigCodec, { decode: () => ({ onchainConfig: { min: {} } }) });
      }),
    );
    await expect(client.reportCodec.medianFromReport(bytes())).rejects.toThrow(
      "Cannot read a report's median: unexpected nil big.Int",
    );
    await expect(client.reportCodec.maxReportLength(1)).rejects.toThrow("expected length or count MaxReportLength");
    await expect(client.medianContract.latestTransmissionDetails()).rejects.toThrow(
      "Cannot read the latest answer: unexpected nil big.Int",
    );
    await expect(client.medianContract.latestRoundRequested(1)).rejects.toThrow(
      "expected ConfigDigest length 32 but got 2",
    );
    await expect(client.onchainConfigCodec.decode(bytes())).rejects.toThrow(
      "Cannot read the largest answer: unexpected nil big.Int",
    );
  });

  it("carries its connection, so that it can be passed on", async () => {
    const { connection, client } = await connect();
    expect(connectionOf(client)).toBe(connection);
    expect(connectionOf({ ...client })).toBe(connection);
    expect(connectionOf(createSampleProvider())).toBeUndefined();
  });

  it("has no contract reader and no codec: Unimplemented, which is what median plugins probe for", async () => {
    const { connection } = await connect();
    for (const typeName of ["loop.ContractReader", "loop.Codec", "codec.Codec"]) {
      const { maxReportLength } = ReportCodec.method;
      const probe = { ...maxReportLength, name: "GetLatestValue", parent: { ...ReportCodec, typeName } };
      await expect(
        connection.transport.unary(probe, undefined, undefined, undefined, {}),
        typeName,
      ).rejects.toMatchObject({ code: Code.Unimplemented });
    }
  });
});
