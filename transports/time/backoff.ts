/** How long to wait before the next attempt: a pure function of how many have failed. */

export interface Backoff {
  readonly firstMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  /** By how much each further wait is longer. @default 2 */
  readonly factor?: number;
}

/**
 * The wait after so many failures, in milliseconds.
 * @param failures in a row, at least 1
 */
export function backoffMs({ firstMs, maxMs, factor = 2 }: Backoff, failures: number): number {
  // Infinity, which a long row comes to, makes no number of a first wait of 0.
  return Math.min(firstMs * Math.min(factor ** (failures - 1), Number.MAX_VALUE), maxMs);
}
