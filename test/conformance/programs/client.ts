/** Our client as the suite orders it about: each request describes a call, and each answer what came of it. */
import { connect } from "node:net";
import { create, createRegistry, type MessageInitShape } from "@bufbuild/protobuf";
import { AnySchema, anyPack, anyUnpack } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "../../../proto/gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { type Code, StreamType } from "../../../proto/gen/connectrpc/conformance/v1/config_pb.ts";
import {
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
  ErrorSchema,
  file_connectrpc_conformance_v1_service,
} from "../../../proto/gen/connectrpc/conformance/v1/service_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { asConnectError } from "../../../transports/calls/connect-error.ts";
import { createConnection, overBytes } from "../../../transports/calls/connection.ts";
import { builtInStack } from "../../../transports/grpc/index.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import { defaultMaxMessageBytes } from "../../../transports/transport.ts";
import { append, readMessages, toList, writeMessage } from "./messages.ts";

const registry = createRegistry(file_connectrpc_conformance_v1_service);

async function run(request: ClientCompatRequest): Promise<ClientResponseResult> {
  const { host, port, requestDelayMs, timeoutMs, messageReceiveLimit } = request;
  const result = create(ClientResponseResultSchema);
  const over = new AbortController();
  const grpc = builtInStack.connect(() => connect(port, host), {
    maxMessageBytes: messageReceiveLimit || defaultMaxMessageBytes,
    grace: { signal: over.signal, ms: 0 },
  });
  const { transport } = createConnection(overBytes(grpc.bytes, defaultMaxMessageBytes), over.signal, async () => {});
  const client = createClient(ConformanceService, transport);
  const caller = new AbortController();
  const headers = new Headers();
  append(headers, request.requestHeaders);
  const options = {
    headers,
    signal: caller.signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onHeader(header: Headers) {
      result.responseHeaders = toList(header);
    },
    onTrailer(trailer: Headers) {
      result.responseTrailers = toList(trailer);
    },
  };

  const { case: when, value } = request.cancel?.cancelTiming ?? {};
  const after = typeof value === "number" ? value : 0;
  const messages = request.requestMessages.map((any) => anyUnpack(any, registry) ?? {});
  let sent = 0;
  let answered = () => {};
  const onSent = () => {
    if (when === "afterCloseSendMs") setTimeout(() => caller.abort(), after);
  };
  const isFullDuplex = request.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM;
  async function* input(): AsyncGenerator<object> {
    for (const message of messages) {
      await sleep(requestDelayMs);
      const answer = new Promise<void>((resolve) => {
        answered = resolve;
      });
      sent++;
      yield message;
      if (isFullDuplex) await answer;
    }
    if (when === "beforeCloseSend") {
      caller.abort();
      await new Promise(() => {});
    }
    onSent();
  }
  const single = async <Message>(): Promise<Message> => {
    await sleep(requestDelayMs);
    sent++;
    onSent();
    return messages[0] as Message;
  };
  const take = ({ payload }: { payload?: ConformancePayload | undefined }) => {
    result.payloads.push(payload ?? create(ConformancePayloadSchema));
    if (when === "afterNumResponses" && result.payloads.length >= after) caller.abort();
    answered();
  };

  try {
    if (when === "afterNumResponses" && after === 0) caller.abort();
    if (request.method === "Unary") take(await client.unary(await single(), options));
    else if (request.method === "Unimplemented") await client.unimplemented(await single(), options);
    else if (request.method === "ClientStream") take(await client.clientStream(input(), options));
    else if (request.method === "ServerStream") {
      for await (const response of client.serverStream(await single(), options)) take(response);
    } else for await (const response of client.bidiStream(input(), options)) take(response);
  } catch (thrown) {
    const error = asConnectError(thrown);
    result.error = create(ErrorSchema, toWanted(error));
    // On an error, headers and trailers are in one place.
    if (result.responseHeaders.length === 0) result.responseHeaders = toList(error.metadata);
    if (result.responseTrailers.length === 0) result.responseTrailers = toList(error.metadata);
  }
  result.numUnsentRequests = messages.length - sent;
  over.abort();
  grpc.close();
  return result;
}

function toWanted({ code, rawMessage: message, details }: ConnectError): MessageInitShape<typeof ErrorSchema> {
  const toAny = (detail: ConnectError["details"][number]) =>
    "desc" in detail
      ? anyPack(detail.desc, create(detail.desc, detail.value))
      : create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value });
  // The suite has Connect's codes, by the same numbers.
  return { code: code as number as Code, message, details: details.map(toAny) };
}

const running = new Set<Promise<void>>();
for await (const request of readMessages(ClientCompatRequestSchema)) {
  const done: Promise<void> = run(request).then((value) => {
    const { testName } = request;
    const response = create(ClientCompatResponseSchema, { testName, result: { case: "response", value } });
    writeMessage(ClientCompatResponseSchema, response);
    running.delete(done);
  });
  running.add(done);
}
await Promise.all(running);
process.exit(0);
