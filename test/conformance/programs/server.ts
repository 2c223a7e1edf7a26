/** The suite's service on our server: it answers as each request describes. */
import { type AddressInfo, createServer } from "node:net";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext } from "@connectrpc/connect";
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "../../../proto/gen/connectrpc/conformance/v1/server_compat_pb.ts";
import {
  BidiStreamRequestSchema,
  type ClientStreamRequest,
  ClientStreamRequestSchema,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  type ConformancePayloadSchema,
  ConformanceService,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
  type Error as WantedError,
} from "../../../proto/gen/connectrpc/conformance/v1/service_pb.ts";
import { answerBytes } from "../../../transports/calls/answer.ts";
import type { Routes } from "../../../transports/connection.ts";
import { builtInStack } from "../../../transports/grpc/index.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import { defaultMaxMessageBytes } from "../../../transports/transport.ts";
import { append, readMessages, toList, writeMessage } from "./messages.ts";

type Payload = { payload: MessageInitShape<typeof ConformancePayloadSchema> };

const routes: Routes = (router) => {
  router.service(ConformanceService, {
    unary: (request, context) => one(request.responseDefinition, context, [anyPack(UnaryRequestSchema, request)]),
    async clientStream(requests, context) {
      const all: ClientStreamRequest[] = [];
      for await (const request of requests) all.push(request);
      return one(
        all[0]?.responseDefinition,
        context,
        all.map((request) => anyPack(ClientStreamRequestSchema, request)),
      );
    },
    serverStream: (request, context) =>
      many(request.responseDefinition, context, [anyPack(ServerStreamRequestSchema, request)]),
    async *bidiStream(requests, context) {
      let wanted: StreamResponseDefinition | undefined;
      /** Undefined before the first request, which says it. */
      let answersEach: boolean | undefined;
      let sent = 0;
      const waiting: Any[] = [];
      const next = async (data: Uint8Array): Promise<Payload> => {
        await sleep(wanted?.responseDelayMs ?? 0);
        const came = waiting.splice(0);
        if (sent++ === 0) return { payload: { data, requestInfo: infoOf(context, came) } };
        return { payload: { data, requestInfo: { requests: answersEach ? came : [] } } };
      };
      for await (const request of requests) {
        if (answersEach === undefined) {
          wanted = request.responseDefinition;
          answersEach = request.fullDuplex;
          begin(wanted, context);
        }
        waiting.push(anyPack(BidiStreamRequestSchema, request));
        if (!answersEach) continue;
        const data = wanted?.responseData[sent];
        if (data === undefined) break;
        yield await next(data);
      }
      for (const data of wanted?.responseData.slice(sent) ?? []) yield await next(data);
      if (wanted?.error) throw errorOf(wanted.error, sent === 0 ? infoOf(context, waiting) : undefined);
    },
  });
};

async function one(
  wanted: UnaryResponseDefinition | undefined,
  context: HandlerContext,
  requests: Any[],
): Promise<Payload> {
  const requestInfo = infoOf(context, requests);
  begin(wanted, context);
  await sleep(wanted?.responseDelayMs ?? 0);
  if (wanted?.response.case === "error") throw errorOf(wanted.response.value, requestInfo);
  const data = wanted?.response.case === "responseData" ? wanted.response.value : new Uint8Array();
  return { payload: { data, requestInfo } };
}

async function* many(
  wanted: StreamResponseDefinition | undefined,
  context: HandlerContext,
  requests: Any[],
): AsyncGenerator<Payload> {
  begin(wanted, context);
  let sent = 0;
  for (const data of wanted?.responseData ?? []) {
    await sleep(wanted?.responseDelayMs ?? 0);
    yield { payload: sent++ === 0 ? { data, requestInfo: infoOf(context, requests) } : { data } };
  }
  if (wanted?.error) throw errorOf(wanted.error, sent === 0 ? infoOf(context, requests) : undefined);
}

function begin(
  wanted: Pick<UnaryResponseDefinition, "responseHeaders" | "responseTrailers"> | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  append(responseHeader, wanted?.responseHeaders ?? []);
  append(responseTrailer, wanted?.responseTrailers ?? []);
}

function infoOf(context: HandlerContext, requests: Any[]): ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: toList(context.requestHeader),
    requests,
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.floor(timeoutMs)) }),
  });
}

function errorOf({ code, message = "", details }: WantedError, info?: ConformancePayload_RequestInfo): ConnectError {
  const error = new ConnectError(message, code as number);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  if (info !== undefined) error.details.push({ desc: ConformancePayload_RequestInfoSchema, value: info });
  return error;
}

for await (const { messageReceiveLimit } of readMessages(ServerCompatRequestSchema)) {
  const maxMessageBytes = messageReceiveLimit || defaultMaxMessageBytes;
  const server = builtInStack.createServer(answerBytes(routes, defaultMaxMessageBytes), { maxMessageBytes });
  const listener = createServer(server.accept);
  listener.listen(0, "127.0.0.1", () => {
    const { port } = listener.address() as AddressInfo;
    writeMessage(ServerCompatResponseSchema, create(ServerCompatResponseSchema, { host: "127.0.0.1", port }));
  });
}
