/** How long to wait before the next attempt. */

/**
 * 100 ms, doubling to at most `maxMs`.
 * @param failures in a row, at least 1
 */
export function backoffMs(failures: number, maxMs: number): number {
  return Math.min(100 * 2 ** Math.min(failures - 1, 30), maxMs);
}
