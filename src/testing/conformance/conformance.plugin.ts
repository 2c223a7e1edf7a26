/** The plugin of the transport suite: it answers as each request describes, and remembers what it saw. */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type HandlerContext } from "@connectrpc/connect";
import {
  Conformance,
  type ConformanceRequest,
  type ConformanceResponse,
  ConformanceResponseSchema,
  DieRequest_How,
  MetadataSchema,
} from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import type { Broker } from "../../../transports/broker.ts";
import { abortReason } from "../../../transports/calls/iterables.ts";
import type { Routes } from "../../../transports/connection.ts";
import { definePlugin, type Logger } from "../../../transports/plugin.ts";
import { aborted } from "../../../transports/time/abort.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import { thingOf } from "./thrown.ts";

interface Seen {
  started: number;
  finished: number;
  abortedCode: number;
  sent: number;
  ended: number;
}

export default definePlugin<{ greeting?: string; disposeMs?: number; thrown?: string } | undefined>({
  setup({ broker, log, metrics, config }) {
    if (config?.thrown !== undefined) throw thingOf(config.thrown);
    const calls = metrics.counter({ name: "conformance_calls_total", help: "Calls handled.", labels: ["method"] });
    log.info("conformance plugin is up", { greeting: config?.greeting ?? "none" });
    return {
      routes: conformanceRoutes({ broker, log, onCall: (method) => calls.inc({ method }) }),
      async dispose() {
        if (config?.disposeMs === undefined) return;
        await sleep(config.disposeMs);
        log.info("conformance plugin has ended");
      },
    };
  },
});

/** Also served by the suite's host side, on brokered connections. */
export function conformanceRoutes(place: { broker?: Broker; log?: Logger; onCall?: (method: string) => void }): Routes {
  const seen = new Map<string, Seen>();
  const begin = (id: string, { signal }: HandlerContext): Seen => {
    const entry = seen.get(id) ?? { started: 0, finished: 0, abortedCode: 0, sent: 0, ended: 0 };
    seen.set(id, entry);
    entry.started++;
    const note = () => {
      if (entry.finished === 0) entry.abortedCode = abortReason(signal).code;
    };
    if (signal.aborted) note();
    else signal.addEventListener("abort", note, { once: true });
    return entry;
  };

  return (router) => {
    router.service(Conformance, {
      async unary(request, context) {
        place.onCall?.("Unary");
        const entry = begin(request.id, context);
        let last: ConformanceResponse | undefined;
        for await (const response of respond([request], { ...request, count: 1 }, context)) last = response;
        entry.finished++;
        return last ?? create(ConformanceResponseSchema);
      },
      async *serverStream(request, context) {
        const entry = begin(request.id, context);
        for await (const response of respond([request], request, context)) {
          entry.sent++;
          yield response;
        }
        entry.finished++;
      },
      async clientStream(requests, context) {
        const received: ConformanceRequest[] = [];
        let entry: Seen | undefined;
        try {
          for await (const request of requests) {
            entry ??= begin(request.id, context);
            received.push(request);
          }
          const wanted = received.at(-1);
          if (wanted === undefined)
            return create(ConformanceResponseSchema, { header: allMetadata(context.requestHeader) });
          let last: ConformanceResponse | undefined;
          for await (const response of respond(received, { ...wanted, count: 1 }, context)) last = response;
          if (entry !== undefined) entry.finished++;
          return last ?? create(ConformanceResponseSchema);
        } finally {
          if (entry !== undefined) entry.ended++;
        }
      },
      async *bidiStream(requests, context) {
        let entry: Seen | undefined;
        try {
          for await (const request of requests) {
            entry ??= begin(request.id, context);
            for await (const response of respond([request], { ...request, count: request.count || 1 }, context)) {
              entry.sent++;
              yield response;
            }
          }
          if (entry !== undefined) entry.finished++;
        } finally {
          if (entry !== undefined) entry.ended++;
        }
      },
      seen: ({ id }) => seen.get(id) ?? {},
      async die({ how, code }) {
        switch (how) {
          case DieRequest_How.EXIT:
            process.exit(code);
            break;
          case DieRequest_How.THROW:
            setTimeout(() => {
              throw new Error("thrown on purpose");
            });
            break;
          case DieRequest_How.REJECT:
            void Promise.reject(new Error("rejected on purpose"));
            break;
          case DieRequest_How.BLOCK:
            for (;;);
          case DieRequest_How.SIGKILL:
            process.kill(process.pid, "SIGKILL");
        }
        // The end of the plugin answers this call.
        await new Promise(() => {});
        return {};
      },
      print({ text }) {
        place.log?.warn(`log ${text}`, { text, answer: 42 });
        console.log(`console ${text}`);
        console.error(`console-error ${text}`);
        process.stdout.write(`stdout ${text}\n`);
        process.stderr.write(`stderr ${text}\n`);
        return {};
      },
      async offer() {
        if (place.broker === undefined) throw new ConnectError("no broker here", Code.FailedPrecondition);
        const server = await place.broker.serve(conformanceRoutes({ broker: place.broker }));
        return { id: server.id };
      },
      async callBack({ id, request }, context) {
        if (place.broker === undefined) throw new ConnectError("no broker here", Code.FailedPrecondition);
        await using connection = await place.broker.dial(id);
        const client = createClient(Conformance, connection.transport);
        return { response: await client.unary(request ?? {}, { signal: context.signal }) };
      },
    });
  };
}

async function* respond(
  received: readonly ConformanceRequest[],
  wanted: ConformanceRequest,
  context: HandlerContext,
): AsyncGenerator<ConformanceResponse> {
  const timeoutMs = context.timeoutMs();
  for (const { name, value } of wanted.header) context.responseHeader.append(name, value);
  for (const { name, value } of wanted.trailer) context.responseTrailer.append(name, value);
  if (wanted.hang) {
    await aborted(context.signal);
    throw abortReason(context.signal);
  }
  const last = received.at(-1);
  for (let index = 0; index < wanted.count; index++) {
    if (wanted.delayMs > 0) await delay(wanted.delayMs, context.signal);
    if (wanted.error !== undefined && index === wanted.count - 1 && wanted.count === 1) break;
    yield create(ConformanceResponseSchema, {
      data:
        wanted.sizeBytes > 0 ? new Uint8Array(wanted.sizeBytes).fill(index % 256) : (last?.data ?? new Uint8Array()),
      header: allMetadata(context.requestHeader),
      received: received.length,
      receivedBytes: BigInt(received.reduce((sum, request) => sum + request.data.length, 0)),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }
  if (wanted.error === undefined) return;
  if (wanted.error.thrown !== "") throw thingOf(wanted.error.thrown);
  if (wanted.error.plain) throw new Error(wanted.error.message);
  throw new ConnectError(
    wanted.error.message,
    wanted.error.code,
    undefined,
    wanted.error.detail.map((value) => ({ desc: MetadataSchema, value })),
  );
}

function allMetadata(header: Headers): { name: string; value: string }[] {
  return [...header].map(([name, value]) => ({ name, value }));
}

async function delay(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, { signal });
  if (signal.aborted) throw abortReason(signal);
}
