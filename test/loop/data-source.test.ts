import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { DataSource as DataSourceRpc } from "../../proto/gen/loop/median_datasource_pb.ts";
import { createDataSourceClient } from "../../src/loop/data-source/client.ts";
import { dataSourceRoutes } from "../../src/loop/data-source/server.ts";
import type { DataSource } from "../../src/loop/data-source/types.ts";
import { bytes, type Recorded, recording, timestamp } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a data source over $name", ({ create }) => {
  const connect = async (dataSource: DataSource) =>
    createDataSourceClient(await create().main(dataSourceRoutes(dataSource)));

  it.each([0n, 999n, -1n, 2n ** 191n - 1n, -(2n ** 191n)])("observes %s", async (value) => {
    const calls: Recorded[] = [];
    const client = await connect(recording({ observe: async () => value }, calls));
    expect(await client.observe(timestamp, { timeoutMs: 60_000 })).toBe(value);
    expect(calls).toMatchObject([{ method: "observe", args: [timestamp], options: { timeoutMs: expect.any(Number) } }]);
  });

  it("fails with the text of the observation's error", async () => {
    const client = await connect({ observe: async () => Promise.reject(new Error("all price sources failed")) });
    await expect(client.observe(timestamp)).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "all price sources failed",
    });
  });

  it("fails the round when it answers without a value", async () => {
    const connection = await create().main((router) => {
      router.service(DataSourceRpc, { observe: () => ({}) });
    });
    await expect(createDataSourceClient(connection).observe(timestamp)).rejects.toThrow(
      new TypeError("Cannot read the data source's answer: unexpected nil big.Int"),
    );
  });

  it("is not called with an invalid timestamp", async () => {
    const calls: Recorded[] = [];
    const client = await connect(recording({ observe: async () => 1n }, calls));
    await expect(client.observe({ ...timestamp, configDigest: bytes(1) })).rejects.toThrow(
      "invalid ConfigDigest len 1: must be 32",
    );
    await expect(client.observe({ ...timestamp, round: 256 })).rejects.toThrow(
      "expected uint8 Round (max 255) but got 256",
    );
    await expect(client.observe({ ...timestamp, epoch: -1 })).rejects.toThrow("expected uint32 Epoch");
    expect(calls).toEqual([]);
  });

  it("refuses a request whose timestamp is missing or wrong", async () => {
    const calls: Recorded[] = [];
    const routes = dataSourceRoutes(recording({ observe: async () => 1n }, calls));
    const { transport } = await create().main(routes);
    const observe = (reportTimestamp?: { configDigest: Uint8Array; round: number }) =>
      transport.unary(
        DataSourceRpc.method.observe,
        undefined,
        undefined,
        undefined,
        reportTimestamp === undefined ? {} : { reportTimestamp },
      );
    await expect(observe()).rejects.toThrow("Cannot read the message: its reportTimestamp is missing");
    await expect(observe({ configDigest: bytes(), round: 1 })).rejects.toThrow(
      "invalid ConfigDigest len 0: must be 32",
    );
    await expect(observe({ configDigest: new Uint8Array(32), round: 300 })).rejects.toThrow(
      "expected uint8 Round (max 255) but got 300",
    );
    expect(calls).toEqual([]);
  });
});
