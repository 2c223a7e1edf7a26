import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import type { Confidence } from "../../proto/gen/loop/chain/common/query_pb.ts";
import { ContractReader as ContractReaderRpc } from "../../proto/gen/loop/contract_reader_pb.ts";
import { createContractReaderClient } from "../../src/loop/contract-reader/client.ts";
import { contractReaderRoutes } from "../../src/loop/contract-reader/server.ts";
import type { ContractKeyFilter, ContractReader, LimitAndSort } from "../../src/loop/contract-reader/types.ts";
import { bytes, createSampleReader, type Recorded, recording, sampleQuery, sampleRead } from "./samples.ts";
import { pairs } from "./support.ts";

const contract = { address: "0x42", name: "median" };
const value = { version: 2, data: bytes(0xa0) };

describe.each(pairs)("a contract reader over $name", ({ create }) => {
  async function connect(reader: ContractReader = createSampleReader()) {
    const calls: Recorded[] = [];
    const connection = await create().main(contractReaderRoutes(recording(reader, calls)));
    return { calls, connection, client: createContractReaderClient(connection) };
  }

  it("reads values, with their block", async () => {
    const { calls, client } = await connect();
    for (const confidence of ["unconfirmed", "safe", "finalized"] as const) {
      expect(await client.getLatestValue({ ...sampleRead, confidence })).toEqual(value);
    }
    expect(calls.map(({ args }) => args)).toMatchObject([
      [{ ...sampleRead, confidence: "unconfirmed" }],
      [{ ...sampleRead, confidence: "safe" }],
      [{ ...sampleRead, confidence: "finalized" }],
    ]);
    expect(await client.getLatestValueWithHeadData(sampleRead)).toEqual({
      value,
      head: { height: "7", hash: bytes(1), timestamp: 8n },
    });
    const { client: without } = await connect({
      ...createSampleReader(),
      getLatestValueWithHeadData: async () => ({ value, head: undefined }),
    });
    expect(await without.getLatestValueWithHeadData(sampleRead)).toEqual({ value, head: undefined });
  });

  it("reads many values at once, some of which fail", async () => {
    const { calls, client } = await connect();
    const batch = {
      contract,
      reads: [{ readName: "Latest", params: value, returnValue: { version: 0, data: bytes() } }],
    };
    expect(await client.batchGetLatestValues([batch, { contract, reads: [] }])).toEqual([
      {
        contract,
        results: [
          { readName: "Latest", value },
          { readName: "Lost", error: "not found" },
        ],
      },
    ]);
    expect(calls).toMatchObject([{ args: [[batch, { contract, reads: [] }]] }]);
  });

  it("queries events by every type of expression, sorted and limited", async () => {
    const { calls, client } = await connect();
    const { filter, order } = sampleQuery;
    const [sequence] = await client.queryKey(filter, order);
    expect(sequence).toEqual({
      cursor: "10-2",
      head: { height: "7", hash: bytes(1), timestamp: 8n },
      data: value,
      txHash: bytes(9),
    });
    const other: ContractKeyFilter = { contract, key: "Other", expressions: [], asValueType: false };
    const unlimited: LimitAndSort = { sortBy: [] };
    expect(await client.queryKeys([filter, other], unlimited)).toEqual([{ ...sequence, key: "Transmitted" }]);
    expect(calls.map(({ args }) => args)).toEqual([
      [filter, order],
      [[filter, other], unlimited],
    ]);
  });

  it("binds and unbinds contracts", async () => {
    const { calls, client } = await connect();
    await client.bind([contract]);
    await client.unbind([contract, contract]);
    expect(calls).toMatchObject([
      { method: "bind", args: [[contract]] },
      { method: "unbind", args: [[contract, contract]] },
    ]);
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000 };
    await client.getLatestValue(sampleRead, options);
    await client.getLatestValueWithHeadData(sampleRead, options);
    await client.batchGetLatestValues([], options);
    await client.queryKey(sampleQuery.filter, sampleQuery.order, options);
    await client.queryKeys([], sampleQuery.order, options);
    await client.bind([], options);
    await client.unbind([], options);
    expect(calls).toHaveLength(7);
    for (const call of calls) expect(call.options, call.method).toMatchObject({ timeoutMs: expect.any(Number) });
  });

  it("names a method that it does not have", async () => {
    const { getLatestValue, bind, unbind } = createSampleReader();
    const { client } = await connect({ getLatestValue, bind, unbind });
    const { filter, order } = sampleQuery;
    for (const [name, call] of [
      ["GetLatestValueWithHeadData", () => client.getLatestValueWithHeadData(sampleRead)],
      ["BatchGetLatestValues", () => client.batchGetLatestValues([])],
      ["QueryKey", () => client.queryKey(filter, order)],
      ["QueryKeys", () => client.queryKeys([], order)],
    ] as const) {
      await expect(call()).rejects.toMatchObject({
        code: Code.Unimplemented,
        rawMessage: `this contract reader has no ${name}`,
      });
    }
  });

  it("keeps the code by which callers identify an error", async () => {
    const { client } = await connect({
      ...createSampleReader(),
      getLatestValue: async () => Promise.reject(new ConnectError("invalid type: nothing", Code.InvalidArgument)),
    });
    await expect(client.getLatestValue(sampleRead)).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it("refuses requests with missing messages or unknown values", async () => {
    const { calls, connection } = await connect();
    const raw = createClient(ContractReaderRpc, connection.transport);
    const unknown: number = 7;
    await expect(raw.getLatestValue({ confidence: unknown as Confidence, params: {} })).rejects.toThrow(
      "unknown Confidence 7",
    );
    await expect(raw.getLatestValue({})).rejects.toThrow("its params is missing");
    await expect(raw.queryKey({ filter: {}, limitAndSort: {} })).rejects.toThrow("its contract is missing");
    await expect(raw.queryKey({ contract: {}, limitAndSort: {} })).rejects.toThrow("its filter is missing");
    await expect(raw.queryKey({ contract: {}, filter: {} })).rejects.toThrow("its limit_and_sort is missing");
    await expect(raw.queryKey({ contract: {}, filter: { expression: [{}] }, limitAndSort: {} })).rejects.toThrow(
      "neither a primitive nor a boolean expression",
    );
    await expect(raw.batchGetLatestValues({ requests: [{}] })).rejects.toThrow("its contract is missing");
    expect(calls).toEqual([]);
  });
});
