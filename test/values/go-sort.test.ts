import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sortAsGo } from "../../src/values/go-sort.ts";

interface Item {
  readonly key: number;
  readonly index: number;
}

const isLess = (a: Item, b: Item) => a.key < b.key;
const itemsOf = (keys: readonly number[]): Item[] => keys.map((key, index) => ({ key, index }));
const stably = (items: readonly Item[]) => items.toSorted((a, b) => a.key - b.key);

describe("sortAsGo()", () => {
  it("sorts, whatever the length and however many are equal, and leaves the list itself alone", () => {
    const keys = fc.integer({ min: 1, max: 40 }).chain((max) => fc.array(fc.nat(max), { maxLength: 49 }));
    fc.assert(
      fc.property(keys, (list) => {
        const items = itemsOf(list);
        const sorted = sortAsGo(items, isLess);
        expect(sorted.map(({ key }) => key)).toEqual(list.toSorted((a, b) => a - b));
        expect(new Set(sorted)).toEqual(new Set(items));
        expect(items).toEqual(itemsOf(list));
      }),
      { numRuns: 500 },
    );
  });

  it("keeps the order of equals up to twelve elements", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 12 }), (list) => {
        expect(sortAsGo(itemsOf(list), isLess)).toEqual(stably(itemsOf(list)));
      }),
    );
  });

  it("does not keep it beyond, as Go does not", () => {
    // What sort.Slice of Go 1.26 makes of twenty keys, each its index modulo 3.
    const items = itemsOf(Array.from({ length: 20 }, (_, index) => index % 3));
    expect(sortAsGo(items, isLess).map(({ index }) => index)).toEqual([
      9, 18, 15, 3, 12, 0, 6, 10, 7, 4, 13, 16, 1, 19, 8, 5, 11, 14, 2, 17,
    ]);
  });

  it("follows Go to the heap for a list whose every pivot is a bad one", () => {
    // Made by answering the sort's own questions so that it splits as badly as it can; then two keys each made equal.
    const keys = [
      1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 0, 7, 7, 12, 20, 18, 19, 21, 22, 20, 23, 23, 0, 8, 9, 24, 10, 11, 22, 8, 10,
      9, 14, 18, 21, 15, 19, 11, 17, 17, 16, 16, 15, 13, 12, 14, 13,
    ];
    expect(sortAsGo(itemsOf(keys), isLess).map(({ index }) => index)).toEqual([
      24, 12, 1, 0, 2, 3, 4, 5, 6, 7, 9, 8, 11, 10, 13, 14, 25, 31, 26, 33, 32, 28, 39, 29, 46, 15, 45, 48, 47, 34, 37,
      44, 43, 42, 40, 41, 35, 17, 38, 18, 21, 16, 36, 19, 20, 30, 22, 23, 27,
    ]);
  });

  it("refuses lists for which Go goes another way", () => {
    expect(() => sortAsGo(itemsOf(Array<number>(50).fill(1)), isLess)).toThrow("Cannot sort 50 observations");
  });
});
