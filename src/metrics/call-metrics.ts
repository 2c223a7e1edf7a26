/**
 * Metrics of what a {@link CallTally} has counted, under the names and labels of go-grpc-middleware, which Chainlink's own
 * plugins have. Their values are read from the tally at each collection, which prom-client's own histograms do not allow.
 */
import { Code } from "@connectrpc/connect";
import type { Counter, Histogram, MetricObjectWithValues, MetricValueWithName, Registry } from "prom-client";
import { type CallTally, callBuckets, type MethodTally } from "./call-tally.ts";

type Value = MetricValueWithName<string>;

/** A tally with the labels that set it apart from others of the same side. */
export interface LabelledTally {
  readonly labels: Readonly<Record<string, string>>;
  readonly tally: Pick<CallTally, "methods">;
}

/** Who calls whom, as the one that counts sees it. */
const directions = {
  toPlugin: {
    side: "client",
    started: "Calls to the plugin that the host has started.",
    handled: "Calls to the plugin that have ended, by the code that the caller got.",
    handling: "How long calls to the plugin took, from start to end as the host saw them.",
  },
  fromHost: {
    side: "server",
    started: "Calls that the plugin has started to handle.",
    handled: "Calls that have ended in the plugin, by code.",
    handling: "How long calls took in the plugin, from start to end.",
    messages: {
      received: "Messages of calls that the plugin has got.",
      sent: "Messages that the plugin has answered calls with.",
    },
  },
  toHost: {
    side: "client",
    started: "Calls to the host that the plugin has started.",
    handled: "Calls to the host that have ended, by the code that the plugin got.",
    handling: "How long calls to the host took, from start to end as the plugin saw them.",
    messages: {
      received: "Messages that the host has answered the plugin's calls with.",
      sent: "Messages of calls that the plugin has sent.",
    },
  },
} as const;

/** @param tallies asked at every collection */
export function collectCallMetrics(
  direction: keyof typeof directions,
  registers: readonly Registry[],
  tallies: () => Iterable<LabelledTally>,
): void {
  const { side, ...help } = directions[direction];
  const eachMethod = function* (valuesOf: (labels: Value["labels"], tally: MethodTally) => Iterable<Value>) {
    for (const { labels, tally } of tallies()) {
      for (const method of tally.methods) {
        const { type, service } = method;
        yield* valuesOf({ ...labels, grpc_type: type, grpc_service: service, grpc_method: method.method }, method);
      }
    }
  };
  register(registers, "counter", `grpc_${side}_started_total`, help.started, () =>
    eachMethod((labels, { started }) => [{ labels, value: started }]),
  );
  register(registers, "counter", `grpc_${side}_handled_total`, help.handled, () =>
    eachMethod(function* (labels, { handled }) {
      for (const [code, value] of handled) yield { labels: { ...labels, grpc_code: codeName(code) }, value };
    }),
  );
  const name = `grpc_${side}_handling_seconds`;
  register(registers, "histogram", name, help.handling, () =>
    eachMethod(function* (labels, { durations, totalSeconds }) {
      let count = 0;
      for (const [index, value] of durations.entries()) {
        count += value;
        yield { metricName: `${name}_bucket`, labels: { ...labels, le: callBuckets[index] ?? "+Inf" }, value: count };
      }
      yield { metricName: `${name}_sum`, labels, value: totalSeconds };
      yield { metricName: `${name}_count`, labels, value: count };
    }),
  );
  if (!("messages" in help)) return;
  const messages = (what: "received" | "sent", countOf: (method: MethodTally) => number) =>
    register(registers, "counter", `grpc_${side}_msg_${what}_total`, help.messages[what], () =>
      eachMethod((labels, method) => [{ labels, value: countOf(method) }]),
    );
  messages("received", side === "server" ? requestsOf : responsesOf);
  messages("sent", side === "server" ? responsesOf : requestsOf);
}

/** As in Go, a unary call has its request from its start on, and a response when it has ended, also with an error. */
function requestsOf({ type, started, requests }: MethodTally): number {
  return type === "unary" ? started : requests;
}

function responsesOf({ type, handled, responses }: MethodTally): number {
  return type === "unary" ? handled.values().reduce((sum, count) => sum + count, 0) : responses;
}

/** The codes' names as in Go: Connect's, and "OK" for a call without an error. */
function codeName(code: Code | undefined): string {
  return code === undefined ? "OK" : Code[code];
}

/** Registers a metric that computes its values. A registry of prom-client uses no other fields of a metric than these. */
function register(
  registers: readonly Registry[],
  type: "counter" | "histogram",
  name: string,
  help: string,
  values: () => Iterable<Value>,
): void {
  const metric = {
    name,
    help,
    type,
    aggregator: "sum",
    collect: () => {},
    reset: () => {},
    async get() {
      // The registry changes the name for OpenMetrics.
      return { ...metric, values: [...values()] } as unknown as MetricObjectWithValues<Value>;
    },
  };
  for (const registry of registers) registry.registerMetric(metric as unknown as Counter | Histogram);
}
