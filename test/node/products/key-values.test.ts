import { describe, expect, it } from "vitest";
import { createKeyValueStore } from "../../../src/node/products/key-values.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("a product's values", () => {
  it("are kept as they were stored", async () => {
    const store = createKeyValueStore();
    expect(await store.get("a")).toBeUndefined();
    const value = bytes("one");
    await store.store("a", value);
    value.fill(0);
    expect(await store.get("a")).toEqual(bytes("one"));
    (await store.get("a"))?.fill(0);
    expect(await store.get("a")).toEqual(bytes("one"));
    await store.store("a", bytes("two"));
    expect(await store.get("a")).toEqual(bytes("two"));
  });

  it("are forgotten when they are older than the given age", async () => {
    const store = createKeyValueStore();
    await store.store("a", bytes("one"));
    expect(await store.pruneExpiredEntries(3_600_000)).toBe(0);
    expect(await store.pruneExpiredEntries(-1)).toBe(1);
    expect(await store.get("a")).toBeUndefined();
  });

  it("take no more room than they are given, however often they change", async () => {
    const store = createKeyValueStore(10);
    for (let time = 0; time < 100; time++) await store.store("a", bytes("123456789"));
    await expect(store.store("b", bytes(""))).rejects.toThrow(
      'Cannot store "b": the job\'s values would have more than 10 bytes',
    );
    await store.store("a", bytes("1"));
    await store.store("b", bytes("1"));
    expect(await store.pruneExpiredEntries(-1)).toBe(2);
    await store.store("c", bytes("123456789"));
  });
});
