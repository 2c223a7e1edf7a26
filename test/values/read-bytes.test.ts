import { expect, it } from "vitest";
import { readBytes } from "../../src/values/read-bytes.ts";

function source(...pieces: readonly number[][]) {
  const seen = { pieces: 0, ended: false };
  async function* read() {
    try {
      for (const piece of pieces) {
        seen.pieces++;
        yield new Uint8Array(piece);
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, read: read() };
}

it.each([
  { pieces: [], maxBytes: 0 },
  { pieces: [[]], maxBytes: 0 },
  { pieces: [[1, 2], [], [3]], maxBytes: 3 },
])("joins $pieces, which are no more than $maxBytes bytes", async ({ pieces, maxBytes }) => {
  expect(await readBytes(source(...pieces).read, maxBytes)).toStrictEqual(new Uint8Array(pieces.flat()));
});

it("reads no further than the first byte that is too much, and ends the source", async () => {
  const { seen, read } = source([1, 2], [3, 4], [5]);
  expect(await readBytes(read, 3)).toBeUndefined();
  expect(seen).toEqual({ pieces: 2, ended: true });
});

it("fails as its source does", async () => {
  const broken = {
    async *[Symbol.asyncIterator]() {
      yield new Uint8Array(1);
      throw new Error("cut off");
    },
  };
  await expect(readBytes(broken, 10)).rejects.toThrow("cut off");
});
