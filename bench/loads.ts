/** The loads that every contender is put under, and how one window of a load is measured. */
import type { Echoed, RunningContender } from "./contender.ts";

export interface Load {
  /** For `--load` and the JSON. */
  readonly name: string;
  /** The column's head. */
  readonly title: string;
  /**
   * Puts a contender under this load for about `windowMs`; it ends with the last answer, not in the middle of calls.
   * @returns `undefined` when the contender has nothing that could be measured
   * @throws whatever a call throws, and an Error for an answer that is not the echo
   */
  measure(contender: RunningContender, windowMs: number): Promise<Sample | undefined>;
}

export interface Sample {
  /** Calls, or messages of a stream, in a second. */
  readonly perSecond: number;
  /** How long single calls took, where one call goes at a time. In microseconds, in ascending order. */
  readonly latenciesUs?: Float64Array;
}

export const smallBytes = 64;
export const largeBytes = 64 * 1024;
const messagesOfStream = 1000;
/** More calls of a window than this overwrite the oldest. */
const latenciesKept = 100_000;

export const loads: readonly Load[] = [
  {
    name: "64B-x1",
    title: "64 B, 1 in flight",
    measure: ({ call }, windowMs) => oneByOne(call, createPayload(smallBytes), windowMs),
  },
  {
    name: "64B-x64",
    title: "64 B, 64 in flight",
    measure: ({ call }, windowMs) => inFlight(call, 64, createPayload(smallBytes), windowMs),
  },
  {
    name: "64KiB-x64",
    title: "64 KiB, 64 in flight",
    measure: ({ call }, windowMs) => inFlight(call, 64, createPayload(largeBytes), windowMs),
  },
  {
    name: "stream",
    title: "stream of 64 B",
    measure: async ({ stream }, windowMs) =>
      stream === undefined ? undefined : streamed(stream, createPayload(smallBytes), windowMs),
  },
];

/** Bytes of all values, none of them like its neighbours. */
export function createPayload(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 151 + (index >> 8)) % 256);
}

type Call = RunningContender["call"];

async function oneByOne(call: Call, payload: Uint8Array, windowMs: number): Promise<Sample> {
  const latenciesUs = new Float64Array(latenciesKept);
  const begin = performance.now();
  let before = begin;
  let done = 0;
  // One reading of the clock for each call: the end of one is the beginning of the next.
  while (before - begin < windowMs) {
    checkEcho(await call(payload), payload);
    const now = performance.now();
    latenciesUs[done++ % latenciesKept] = (now - before) * 1000;
    before = now;
  }
  return {
    perSecond: (done * 1000) / (before - begin),
    latenciesUs: latenciesUs.subarray(0, Math.min(done, latenciesKept)).sort(),
  };
}

async function inFlight(call: Call, calls: number, payload: Uint8Array, windowMs: number): Promise<Sample> {
  const begin = performance.now();
  let done = 0;
  let over = false;
  const keepCalling = async () => {
    try {
      while (!over) {
        checkEcho(await call(payload), payload);
        done++;
        if (performance.now() - begin >= windowMs) over = true;
      }
    } catch (error) {
      over = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: calls }, keepCalling));
  return { perSecond: (done * 1000) / (performance.now() - begin) };
}

async function streamed(
  stream: NonNullable<RunningContender["stream"]>,
  payload: Uint8Array,
  windowMs: number,
): Promise<Sample> {
  const begin = performance.now();
  let received = 0;
  let streams = 0;
  while (performance.now() - begin < windowMs) {
    for await (const echoed of stream(messagesOfStream, payload)) {
      checkEcho(echoed, payload);
      received++;
    }
    streams++;
    if (received !== streams * messagesOfStream) {
      throw new Error(`A stream ended after ${received % messagesOfStream} of ${messagesOfStream} messages`);
    }
  }
  return { perSecond: (received * 1000) / (performance.now() - begin) };
}

/** Cheap enough for every answer; that all bytes are right is for the tests. */
function checkEcho({ data }: Echoed, payload: Uint8Array): void {
  if (data.length !== payload.length || data[data.length - 1] !== payload[payload.length - 1]) {
    throw new Error(`An answer of ${data.length} bytes is not the echo of ${payload.length} bytes`);
  }
}
