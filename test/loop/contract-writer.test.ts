import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createContractWriterClient } from "../../src/loop/contract-writer/client.ts";
import { contractWriterRoutes } from "../../src/loop/contract-writer/server.ts";
import type { ContractWriter, TransactionStatus } from "../../src/loop/contract-writer/types.ts";
import { createSampleWriter, type Recorded, recording, sampleCall } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a contract writer over $name", ({ create }) => {
  async function connect(writer: ContractWriter = createSampleWriter()) {
    const calls: Recorded[] = [];
    const connection = await create().main(contractWriterRoutes(recording(writer, calls)));
    return { calls, client: createContractWriterClient(connection) };
  }

  it("submits transactions, with and without all optional fields", async () => {
    const { calls, client } = await connect();
    const { meta: _meta, value: _value, ...plain } = sampleCall;
    await client.submitTransaction({ ...sampleCall, transactionId: "tx 1" });
    await client.submitTransaction({ ...plain, transactionId: "tx 2", meta: {} });
    await client.submitTransaction({ ...plain, transactionId: "tx 3", value: 0n });
    expect(calls.map(({ args }) => args)).toEqual([
      [{ ...sampleCall, transactionId: "tx 1" }],
      [{ ...plain, transactionId: "tx 2", meta: {} }],
      [{ ...plain, transactionId: "tx 3", value: 0n }],
    ]);
  });

  it("follows a transaction through every status", async () => {
    const statuses: TransactionStatus[] = ["unknown", "pending", "unconfirmed", "finalized", "failed", "fatal"];
    for (const status of statuses) {
      const { client } = await connect({ ...createSampleWriter(), transactionStatus: async () => status });
      expect(await client.transactionStatus("tx 1")).toBe(status);
    }
  });

  it("estimates the cost of writing", async () => {
    const { calls, client } = await connect();
    expect(await client.feeComponents()).toEqual({ executionFee: 0n, dataAvailabilityFee: undefined });
    expect(await client.estimateFee(sampleCall)).toEqual({ fee: 10n ** 20n, decimals: 18 });
    expect(calls[1]).toMatchObject({ method: "estimateFee", args: [sampleCall] });
    const { estimateFee: _, ...unable } = createSampleWriter();
    const { client: without } = await connect(unable);
    await expect(without.estimateFee(sampleCall)).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "this contract writer has no GetEstimateFee",
    });
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000 };
    await client.submitTransaction({ ...sampleCall, transactionId: "t" }, options);
    await client.transactionStatus("t", options);
    await client.feeComponents(options);
    await client.estimateFee(sampleCall, options);
    expect(calls).toHaveLength(4);
    for (const call of calls) expect(call.options, call.method).toMatchObject({ timeoutMs: expect.any(Number) });
  });
});
