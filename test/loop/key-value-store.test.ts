import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { KeyValueStore as KeyValueStoreRpc } from "../../proto/gen/loop/keyvalue_store_pb.ts";
import { createKeyValueStoreClient } from "../../src/loop/key-value-store/client.ts";
import { keyValueStoreRoutes } from "../../src/loop/key-value-store/server.ts";
import { bytes, createSampleStore, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a key-value store over $name", ({ create }) => {
  async function connect() {
    const calls: Recorded[] = [];
    const connection = await create().main(keyValueStoreRoutes(recording(createSampleStore(), calls)));
    return { calls, connection, client: createKeyValueStoreClient(connection) };
  }

  it("keeps values, including empty ones, and knows which keys it does not have", async () => {
    const { client } = await connect();
    await client.store("a key", bytes(1, 2));
    await client.store("another", bytes());
    await client.store("a key", bytes(3));
    expect(await client.get("a key")).toEqual(bytes(3));
    expect(await client.get("another")).toEqual(bytes());
    expect(await client.get("none")).toBeUndefined();
  });

  it("deletes old values and returns how many", async () => {
    const { calls, client } = await connect();
    await client.store("a", bytes(1));
    await client.store("b", bytes(2));
    expect(await client.pruneExpiredEntries(1.000001)).toBe(2);
    expect(await client.get("a")).toBeUndefined();
    expect(calls[2]).toMatchObject({ method: "pruneExpiredEntries", args: [1.000001] });
  });

  it("gets the caller's deadline in every call", async () => {
    const { calls, client } = await connect();
    await client.store("a", bytes(), { timeoutMs: 60_000 });
    await client.get("a", { timeoutMs: 60_000 });
    await client.pruneExpiredEntries(0, { timeoutMs: 60_000 });
    for (const call of calls) expect(call.options).toMatchObject({ timeoutMs: expect.any(Number) });
    expect(calls).toHaveLength(3);
  });

  it("answers NotFound to callers of any language when nothing is stored", async () => {
    const { connection } = await connect();
    const { unary } = connection.transport;
    const { getValueForKey } = KeyValueStoreRpc.method;
    await expect(unary(getValueForKey, undefined, undefined, undefined, { key: "k" })).rejects.toMatchObject({
      code: Code.NotFound,
      rawMessage: 'no value is stored for key "k"',
    });
  });

  it("understands the database error of Chainlink's node as not found, and passes every other error on", async () => {
    const failing = async (text: string, code: Code) => {
      const connection = await create().main((router) => {
        router.service(KeyValueStoreRpc, {
          getValueForKey() {
            throw new ConnectError(text, code);
          },
        });
      });
      return createKeyValueStoreClient(connection).get("k");
    };
    const none =
      "failed to get bytes for key: k: failed to get value by key: k for jobID: 1 : sql: no rows in result set";
    expect(await failing(none, Code.Unknown)).toBeUndefined();
    await expect(failing("the disk is full", Code.Unknown)).rejects.toThrow("the disk is full");
  });
});
