/**
 * Counts calls as gRPC's own metrics do: begun, ended by code, and how long they took. It knows nothing of Prometheus, so that
 * counting a call stays cheap: a look-up by path and some additions. `call-metrics.ts` makes metrics of it at each collection.
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

/** Counts the messages of one streaming call. */
export interface MessageCount {
  request(): void;
  response(): void;
}

/** Counts the end of a call, by its code or as OK. Calling it again changes nothing. */
export type EndOfCall = (code?: Code) => void;

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
  /** Counts the beginning of a call. */
  begin(called: CalledMethod): EndOfCall;
  /** For a streaming call that has begun. */
  messages(called: CalledMethod): MessageCount;
  readonly methods: Iterable<MethodTally>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface OpenTally extends Mutable<Omit<MethodTally, "handled" | "durations">> {
  readonly handled: Map<Code | undefined, number>;
  readonly durations: number[];
}

export function createCallTally(): CallTally {
  const tallies = new Map<string, OpenTally>();

  function tallyOf({ service, method, kind }: CalledMethod): OpenTally {
    const path = kind === undefined ? "" : `${service}/${method}`;
    const known = tallies.get(path);
    if (known !== undefined) return known;
    const tally: OpenTally = {
      ...(kind === undefined ? unknown : { type: types[kind], service, method }),
      started: 0,
      handled: new Map(),
      durations: new Array(callBuckets.length + 1).fill(0),
      totalSeconds: 0,
      requests: 0,
      responses: 0,
    };
    tallies.set(path, tally);
    return tally;
  }

  return {
    begin(called) {
      const tally = tallyOf(called);
      tally.started++;
      const begun = performance.now();
      let ended = false;
      return (code) => {
        if (ended) return;
        ended = true;
        const seconds = (performance.now() - begun) / 1000;
        // A foreign plugin may answer with any number.
        const known = code === undefined || Code[code] !== undefined ? code : Code.Unknown;
        tally.handled.set(known, (tally.handled.get(known) ?? 0) + 1);
        tally.totalSeconds += seconds;
        const bound = callBuckets.findIndex((limit) => seconds <= limit);
        const index = bound === -1 ? callBuckets.length : bound;
        tally.durations[index] = (tally.durations[index] ?? 0) + 1;
      };
    },
    messages(called) {
      const tally = tallyOf(called);
      return {
        request() {
          tally.requests++;
        },
        response() {
          tally.responses++;
        },
      };
    },
    get methods() {
      return tallies.values();
    },
  };
}

const unknown = { type: "unknown", service: "unknown", method: "unknown" } as const;

const types = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
} as const satisfies Record<DescMethod["methodKind"], MethodTally["type"]>;
