/**
 * Sorting as Go's `sort.Slice` does. Observations with equal keys keep no particular order there, and the order shows in the
 * bytes of a report, which must be the same for all oracles. Up to {@link insertionLimit} elements Go sorts by insertion, which
 * is stable; longer lists by a pattern-defeating quicksort, whose choices are followed here for the lengths that
 * a report can have.
 */

const insertionLimit = 12;
/** From this length on Go chooses its pivot in another way. No OCR2 config has more than 31 oracles. */
const lengthLimit = 50;

/**
 * A sorted copy.
 * @param isLess whether the first must come before the second
 * @throws RangeError for 50 elements or more
 */
export function sortAsGo<T>(list: readonly T[], isLess: (a: T, b: T) => boolean): T[] {
  if (list.length >= lengthLimit)
    throw new RangeError(`Cannot sort ${list.length} observations: at most 49 are allowed`);
  const sorted = [...list];
  const at = (index: number) => sorted[index] as T;
  const less = (a: number, b: number) => isLess(at(a), at(b));

  function swap(a: number, b: number): void {
    const first = at(a);
    sorted[a] = at(b);
    sorted[b] = first;
  }

  function insertionSort(from: number, to: number): void {
    for (let end = from + 1; end < to; end++) {
      for (let index = end; index > from && less(index, index - 1); index--) swap(index, index - 1);
    }
  }

  function siftDown(from: number, start: number, length: number): void {
    for (let root = start; ; ) {
      let child = 2 * root + 1;
      if (child >= length) return;
      if (child + 1 < length && less(from + child, from + child + 1)) child++;
      if (!less(from + root, from + child)) return;
      swap(from + root, from + child);
      root = child;
    }
  }

  function heapSort(from: number, to: number): void {
    const length = to - from;
    for (let start = (length - 1) >> 1; start >= 0; start--) siftDown(from, start, length);
    for (let last = length - 1; last >= 0; last--) {
      swap(from, from + last);
      siftDown(from, 0, last);
    }
  }

  /** The middle one of three elements a quarter apart, and whether they were in order. */
  function choosePivot(from: number, to: number): { pivot: number; isOrdered: boolean } {
    const quarter = (to - from) >> 2;
    let isOrdered = true;
    const inOrder = (a: number, b: number): [number, number] => {
      if (!less(b, a)) return [a, b];
      isOrdered = false;
      return [b, a];
    };
    let [low, middle] = inOrder(from + quarter, from + 2 * quarter);
    [middle] = inOrder(middle, from + 3 * quarter);
    [low, middle] = inOrder(low, middle);
    return { pivot: middle, isOrdered };
  }

  function isSorted(from: number, to: number): boolean {
    for (let index = from + 1; index < to; index++) if (less(index, index - 1)) return false;
    return true;
  }

  /** Moves three elements of the middle to pseudo-random positions, after a split that was lopsided. */
  function breakPatterns(from: number, to: number): void {
    const length = to - from;
    const mask = 2n ** BigInt(length.toString(2).length) - 1n;
    const first = from + 2 * (length >> 2) - 1;
    let random = BigInt(length);
    for (let step = 0; step < 3; step++) {
      random = BigInt.asUintN(64, random ^ (random << 13n));
      random ^= random >> 7n;
      random = BigInt.asUintN(64, random ^ (random << 17n));
      const other = Number(random & mask);
      swap(first + step, from + (other >= length ? other - length : other));
    }
  }

  /** Splits into those before the pivot and the rest. */
  function partition(from: number, to: number, pivot: number): { middle: number; wasPartitioned: boolean } {
    swap(from, pivot);
    let left = from + 1;
    let right = to - 1;
    for (let wasPartitioned = true; ; wasPartitioned = false) {
      while (left <= right && less(left, from)) left++;
      while (left <= right && !less(right, from)) right--;
      if (left > right) {
        swap(right, from);
        return { middle: right, wasPartitioned };
      }
      swap(left++, right--);
    }
  }

  /** Where all are at or after the pivot: brings those equal to it to the front. */
  function partitionEqual(from: number, to: number, pivot: number): number {
    swap(from, pivot);
    let left = from + 1;
    let right = to - 1;
    for (;;) {
      while (left <= right && !less(from, left)) left++;
      while (left <= right && less(from, right)) right--;
      if (left > right) return left;
      swap(left++, right--);
    }
  }

  function quickSort(start: number, stop: number, lopsidedAllowed: number): void {
    let from = start;
    let to = stop;
    let allowed = lopsidedAllowed;
    let wasBalanced = true;
    let wasPartitioned = true;
    while (to - from > insertionLimit) {
      if (allowed === 0) return heapSort(from, to);
      if (!wasBalanced) {
        breakPatterns(from, to);
        allowed--;
      }
      const length = to - from;
      const { pivot, isOrdered } = choosePivot(from, to);
      if (wasBalanced && wasPartitioned && isOrdered && isSorted(from, to)) return;
      if (from > 0 && !less(from - 1, pivot)) {
        from = partitionEqual(from, to, pivot);
        continue;
      }
      const split = partition(from, to, pivot);
      wasPartitioned = split.wasPartitioned;
      const before = split.middle - from;
      const after = to - split.middle;
      wasBalanced = Math.min(before, after) >= length >> 3;
      // The shorter part first, the longer one in the next turn.
      if (before < after) {
        quickSort(from, split.middle, allowed);
        from = split.middle + 1;
      } else {
        quickSort(split.middle + 1, to, allowed);
        to = split.middle;
      }
    }
    insertionSort(from, to);
  }

  quickSort(0, sorted.length, sorted.length.toString(2).length);
  return sorted;
}
