/**
 * Bounds of a plugin's options, the least first. Durations in milliseconds. A program may go beyond the most; in a config file, where a
 * unit is easily mistaken, it may not.
 */
export type Bounds = readonly [least: number, most: number];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const limitBounds = {
  startTimeoutMs: [1, hourMs],
  stopGraceMs: [0, hourMs],
  callTimeoutMs: [1, hourMs],
  maxMessageBytes: [1024, 2 ** 31 - 1],
} as const satisfies Record<string, Bounds>;

export const restartBounds = {
  initialDelayMs: [0, hourMs],
  maxDelayMs: [0, dayMs],
  factor: [1, 100],
  jitter: [0, 1],
  healthyMs: [0, dayMs],
  maxRestarts: [0, 1_000_000],
  windowMs: [0, dayMs],
} as const satisfies Record<string, Bounds>;

export const healthBounds = {
  intervalMs: [1, hourMs],
  timeoutMs: [1, hourMs],
  misses: [1, 1000],
} as const satisfies Record<string, Bounds>;
