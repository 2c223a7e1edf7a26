/**
 * Counts calls as gRPC's own metrics do: begun, ended by code, and how long they took. It knows nothing of Prometheus, so that
 * counting a call stays cheap: some additions. `call-metrics.ts` makes metrics of it at each collection.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";

/** Upper bounds of the duration buckets in seconds: those of Chainlink's nodes and plugins, so that one dashboard shows both. */
export const callBuckets: readonly number[] = [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120];

/** The calls of one method, under the values that go-grpc-middleware's labels have. */
export interface MethodTally {
  readonly type: "unary" | "client_stream" | "server_stream" | "bidi_stream" | "unknown";
  /** Full name, such as "loop.Relayer". */
  readonly service: string;
  readonly method: string;
  readonly started: number;
  /** By code, `undefined` for OK. */
  readonly handled: ReadonlyMap<Code | undefined, number>;
  /** Calls by duration: up to the bound at the same index of {@link callBuckets} and above the one before; last, the rest. */
  readonly durations: readonly number[];
  readonly totalSeconds: number;
  /** Messages of streams, by who sent them. A unary call's are not counted here: there is one each way. */
  readonly requests: number;
  readonly responses: number;
}

/** Counts the calls of one method. */
export interface MethodCounter {
  /** A call has begun. */
  begin(): void;
  /** A call that has begun has ended: once, by its code or as OK. */
  end(tookMs: number, code?: Code): void;
  /** A message of a stream was sent by the caller. */
  request(): void;
  /** A message of a stream was sent by what answers it. */
  response(): void;
}

/** What is called. */
export interface CalledMethod {
  readonly service: string;
  readonly method: string;
  /**
   * `undefined` for a call of which only a path is known. These are counted together: paths come from outside, and a count for
   * each would let a caller fill the memory.
   */
  readonly kind: DescMethod["methodKind"] | undefined;
}

export interface CallTally {
  /** What counts the calls of a method: to be kept, rather than asked for with each call. */
  of(called: CalledMethod): MethodCounter;
  readonly methods: Iterable<MethodTally>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface OpenTally extends Mutable<Omit<MethodTally, "handled" | "durations">> {
  readonly handled: Map<Code | undefined, number>;
  readonly durations: number[];
}

export function createCallTally(): CallTally {
  const tallies = new Map<string, OpenTally & MethodCounter>();
  return {
    of({ service, method, kind }) {
      const name = kind === undefined ? "" : `${service}/${method}`;
      const known = tallies.get(name);
      if (known !== undefined) return known;
      const tally = createTally(kind === undefined ? unknown : { type: types[kind], service, method });
      tallies.set(name, tally);
      return tally;
    },
    get methods() {
      return tallies.values();
    },
  };
}

function createTally(labels: Pick<MethodTally, "type" | "service" | "method">): OpenTally & MethodCounter {
  const tally: OpenTally & MethodCounter = {
    ...labels,
    started: 0,
    handled: new Map(),
    durations: new Array(callBuckets.length + 1).fill(0),
    totalSeconds: 0,
    requests: 0,
    responses: 0,
    begin() {
      tally.started++;
    },
    end(tookMs, code) {
      const seconds = tookMs / 1000;
      // A foreign plugin may answer with any number.
      const known = code === undefined || Code[code] !== undefined ? code : Code.Unknown;
      tally.handled.set(known, (tally.handled.get(known) ?? 0) + 1);
      tally.totalSeconds += seconds;
      let index = 0;
      while (index < callBuckets.length && seconds > (callBuckets[index] as number)) index++;
      tally.durations[index] = (tally.durations[index] as number) + 1;
    },
    request() {
      tally.requests++;
    },
    response() {
      tally.responses++;
    },
  };
  return tally;
}

const unknown = { type: "unknown", service: "unknown", method: "unknown" } as const;

const types = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
} as const satisfies Record<DescMethod["methodKind"], MethodTally["type"]>;
