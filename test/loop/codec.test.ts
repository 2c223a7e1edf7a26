import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Codec as CodecRpc } from "../../proto/gen/codec/codec_pb.ts";
import { Codec as OldCodecRpc } from "../../proto/gen/loop/codec_pb.ts";
import { createCodecClient } from "../../src/loop/codec/client.ts";
import { codecRoutes } from "../../src/loop/codec/server.ts";
import type { Codec } from "../../src/loop/codec/types.ts";
import { bytes, createSampleCodec, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a codec over $name", ({ create }) => {
  async function connect(codec: Codec = createSampleCodec()) {
    const calls: Recorded[] = [];
    const connection = await create().main(codecRoutes(recording(codec, calls)));
    return { calls, connection, client: createCodecClient(connection) };
  }

  it("encodes, decodes and measures", async () => {
    const { calls, client } = await connect();
    const options = { timeoutMs: 60_000 };
    expect(await client.encode({ version: 2, data: bytes(0xf6) }, "Item", options)).toEqual(bytes(2, 0xf6));
    expect(await client.decode(bytes(7), "Item", 3, options)).toEqual({ version: 3, data: bytes(7) });
    expect(await client.maxSize({ n: 4, itemType: "Item", forEncoding: true }, options)).toBe(128);
    for (const call of calls) expect(call.options).toMatchObject({ timeoutMs: expect.any(Number) });
    expect(calls.map(({ args }) => args)).toEqual([
      [{ version: 2, data: bytes(0xf6) }, "Item"],
      [bytes(7), "Item", 3],
      [expect.objectContaining({ n: 4, itemType: "Item", forEncoding: true })],
    ]);
  });

  it("is served under the current path and the old one", async () => {
    const { connection } = await connect();
    const request = { encoded: bytes(7), itemType: "", wireEncodingVersion: 2 };
    for (const method of [CodecRpc.method.getDecoding, OldCodecRpc.method.getDecoding]) {
      const answer = await connection.transport.unary(method, undefined, undefined, undefined, request);
      expect(answer.message.retVal).toMatchObject({ version: 2, data: bytes(7) });
    }
  });

  it("is found when only the old path is served", async () => {
    const connection = await create().main((router) => {
      router.service(OldCodecRpc, {
        getEncoding: () => ({ retVal: bytes(1) }),
        getMaxSize: () => ({ sizeInBytes: 5 }),
      });
    });
    const client = createCodecClient(connection);
    expect(await client.encode({ version: 0, data: bytes() }, "Item")).toEqual(bytes(1));
    expect(await client.maxSize({ n: 1, itemType: "Item", forEncoding: false })).toBe(5);
  });

  it("is Unimplemented when there is none, and keeps the codes of its errors", async () => {
    const none = createCodecClient(await create().main(() => {}));
    await expect(none.decode(bytes(), "", 2)).rejects.toMatchObject({ code: Code.Unimplemented });
    const { client } = await connect({
      ...createSampleCodec(),
      encode: async () => Promise.reject(new ConnectError("invalid type: Item", Code.InvalidArgument)),
    });
    await expect(client.encode({ version: 0, data: bytes() }, "Item")).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: "invalid type: Item",
    });
  });

  it("refuses values that are missing or out of bounds", async () => {
    const { connection, client } = await connect();
    const { unary } = connection.transport;
    await expect(unary(CodecRpc.method.getEncoding, undefined, undefined, undefined, {})).rejects.toThrow(
      "its params is missing",
    );
    await expect(client.encode({ version: -1, data: bytes() }, "")).rejects.toThrow("expected uint32 Version");
    await expect(client.maxSize({ n: 2 ** 31, itemType: "", forEncoding: true })).rejects.toThrow("expected int32 N");
  });
});
