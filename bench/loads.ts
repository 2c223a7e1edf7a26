/** The loads that every contender is put under, and how one window of a load is measured. */
import type { Echoed, RunningContender } from "./contender.ts";
import { readCpuUs } from "./cpu.ts";
import type { Column } from "./results.ts";
import { quantile } from "./statistics.ts";

export interface Load {
  /** For `--load`. */
  readonly name: string;
  readonly title: string;
  /** Of the payload of each call, or of each message. */
  readonly bytes: number;
  readonly inFlight: number;
  /** For streams: how many messages each of them has. */
  readonly messages?: number;
  /** What a window says. */
  readonly figures: readonly (Column & { of(sample: Sample & { readonly cpuUs?: number }): number | undefined })[];
}

/** What came of one window. */
export interface Sample {
  /** Calls, or messages of streams. */
  readonly done: number;
  readonly elapsedMs: number;
  /** How long single calls took, where one call goes at a time. In microseconds, in ascending order. */
  readonly latenciesUs?: ArrayLike<number>;
}

export const smallBytes = 64;
export const largeBytes = 64 * 1024;
const messagesOfStream = 1000;
/** More calls of a window than this overwrite the oldest. */
const latenciesKept = 100_000;
/** The clock is read once for so many calls: to read it for each would cost as much as a call by function. */
const callsOfReading = 8;

export const perSecond = ({ done, elapsedMs }: Sample) => (done * 1000) / elapsedMs;
const latency =
  (q: number) =>
  ({ latenciesUs = [] }: Sample) =>
    latenciesUs.length === 0 ? undefined : quantile(latenciesUs, q);

export const loads: readonly Load[] = [
  {
    name: "64B-x1",
    title: "64 B, 1 in flight",
    bytes: smallBytes,
    inFlight: 1,
    figures: [
      { name: "p50", title: "64 B, 1 in flight: p50", unit: "µs", better: "less", of: latency(0.5) },
      { name: "p99", title: "p99", unit: "µs", better: "less", of: latency(0.99) },
    ],
  },
  {
    name: "64B-x64",
    title: "64 B, 64 in flight",
    bytes: smallBytes,
    inFlight: 64,
    figures: [
      { name: "small", title: "64 B, 64 in flight", unit: "calls/s", better: "more", of: perSecond },
      {
        name: "cpu",
        title: "processor time of one such call",
        unit: "µs",
        better: "less",
        of: ({ cpuUs, done }) => (cpuUs === undefined ? undefined : cpuUs / done),
      },
    ],
  },
  {
    name: "64KiB-x64",
    title: "64 KiB, 64 in flight",
    bytes: largeBytes,
    inFlight: 64,
    figures: [{ name: "large", title: "64 KiB, 64 in flight", unit: "calls/s", better: "more", of: perSecond }],
  },
  {
    name: "stream",
    title: "stream of 64 B",
    bytes: smallBytes,
    inFlight: 1,
    messages: messagesOfStream,
    figures: [{ name: "stream", title: "server stream of 64 B", unit: "messages/s", better: "more", of: perSecond }],
  },
];

/**
 * Puts a contender under a load for about `windowMs`; it ends with the last answer, not in the middle of calls.
 * @returns by the name of the figure; `undefined` when the contender has nothing that could be measured
 * @throws whatever a call throws, and an Error for an answer that is not the echo
 */
export async function measure(
  contender: RunningContender,
  load: Load,
  windowMs: number,
): Promise<Readonly<Record<string, number>> | undefined> {
  const { pids = [] } = contender;
  const before = readCpuUs(pids);
  const sample = await (contender.measure?.(load, windowMs) ?? drive(contender, load, windowMs));
  const after = readCpuUs(pids);
  if (sample === undefined) return undefined;
  const cpu = before === undefined || after === undefined ? {} : { cpuUs: after - before };
  const figures: Record<string, number> = {};
  for (const { name, of } of load.figures) {
    const value = of({ ...sample, ...cpu });
    if (value !== undefined) figures[name] = value;
  }
  return figures;
}

/** Bytes of all values, none of them like its neighbours. */
export function createPayload(size: number): Uint8Array {
  const payload = new Uint8Array(size);
  // The array takes the value modulo 256.
  for (let index = 0; index < size; index++) payload[index] = index * 151 + (index >> 8);
  return payload;
}

async function drive(
  { call, stream }: RunningContender,
  { bytes, inFlight, messages }: Load,
  windowMs: number,
): Promise<Sample | undefined> {
  const payload = createPayload(bytes);
  if (messages === undefined) {
    return inFlight === 1 ? oneByOne(call, payload, windowMs) : keepInFlight(call, inFlight, payload, windowMs);
  }
  return stream === undefined ? undefined : streamed(stream, messages, payload, windowMs);
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
  const kept = latenciesUs.subarray(0, Math.min(done, latenciesKept)).sort();
  return { done, elapsedMs: before - begin, latenciesUs: kept };
}

async function keepInFlight(call: Call, inFlight: number, payload: Uint8Array, windowMs: number): Promise<Sample> {
  const begin = performance.now();
  let done = 0;
  let over = false;
  const keepCalling = async () => {
    try {
      while (!over) {
        checkEcho(await call(payload), payload);
        done++;
        if (done % callsOfReading === 0 && performance.now() - begin >= windowMs) over = true;
      }
    } catch (error) {
      over = true;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, keepCalling));
  return { done, elapsedMs: performance.now() - begin };
}

async function streamed(
  stream: NonNullable<RunningContender["stream"]>,
  messages: number,
  payload: Uint8Array,
  windowMs: number,
): Promise<Sample> {
  const begin = performance.now();
  let done = 0;
  let streams = 0;
  while (performance.now() - begin < windowMs) {
    for await (const echoed of stream(messages, payload)) {
      checkEcho(echoed, payload);
      done++;
    }
    streams++;
    if (done !== streams * messages) {
      throw new Error(`A stream ended after ${done % messages} of ${messages} messages`);
    }
  }
  return { done, elapsedMs: performance.now() - begin };
}

/** Cheap enough for every answer; that all bytes are right is for the tests. */
function checkEcho({ data }: Echoed, payload: Uint8Array): void {
  if (data.length !== payload.length || data[data.length - 1] !== payload[payload.length - 1]) {
    throw new Error(`An answer of ${data.length} bytes is not the echo of ${payload.length} bytes`);
  }
}
