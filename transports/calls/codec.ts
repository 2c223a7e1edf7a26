/** Between messages and bytes, with a limit on both. */
import { clone, type DescMessage, type DescMethod, type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { decodeMessage } from "../../src/values/decode-message.ts";
import { errorText } from "../../src/values/error-text.ts";
import type { Call, CallResponse } from "../connection.ts";
import { map } from "./iterables.ts";

/** The caller's half: messages in, messages out, bytes in between. */
export function callBytes(
  method: DescMethod,
  call: Call<Message>,
  maxMessageBytes: number,
  send: (call: Call<Uint8Array>) => CallResponse<Uint8Array>,
): CallResponse<Message> {
  const input = map(call.input, (message) => encode(method.input, message, maxMessageBytes));
  const response = send({ ...call, input });
  return {
    ...response,
    output: map(response.output, (bytes) => decode(method.output, bytes, maxMessageBytes, Code.Internal)),
  };
}

/** The answering half: bytes in, bytes out, messages in between. */
export function answerBytes(
  method: DescMethod,
  call: Call<Uint8Array>,
  maxMessageBytes: number,
  answer: (call: Call<Message>) => CallResponse<Message>,
): CallResponse<Uint8Array> {
  const input = map(call.input, (bytes) => decode(method.input, bytes, maxMessageBytes, Code.InvalidArgument));
  const response = answer({ ...call, input });
  return { ...response, output: map(response.output, (message) => encode(method.output, message, maxMessageBytes)) };
}

/**
 * A copy of a message where nothing is encoded, with the outcome of encoding it.
 * @throws ConnectError Internal for one that cannot be encoded
 */
export function copyMessage(schema: DescMessage, message: Message): Message {
  try {
    return clone(schema, message);
  } catch {
    // It refuses what encoding mends (half a character becomes U+FFFD), and says of the rest not what the other transports say.
    return decode(schema, encode(schema, message, Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY, Code.Internal);
  }
}

function encode(schema: DescMessage, message: Message, maxBytes: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = toBinary(schema, message);
  } catch (cause) {
    throw new ConnectError(
      `cannot encode ${schema.typeName}: ${errorText(cause)}`,
      Code.Internal,
      undefined,
      undefined,
      cause,
    );
  }
  checkSize(bytes.byteLength, maxBytes, schema.typeName);
  return bytes;
}

function decode(schema: DescMessage, bytes: Uint8Array, maxBytes: number, code: Code): Message {
  checkSize(bytes.byteLength, maxBytes, schema.typeName);
  try {
    return decodeMessage(schema, bytes);
  } catch (cause) {
    throw new ConnectError(
      `cannot decode ${schema.typeName}: ${errorText(cause)} (host and plugin may be of different versions)`,
      code,
      undefined,
      undefined,
      cause,
    );
  }
}

/** @throws ConnectError ResourceExhausted */
export function checkSize(bytes: number, maxBytes: number, what: string): void {
  if (bytes > maxBytes) {
    throw new ConnectError(
      `${what} of ${bytes} bytes is longer than the limit of ${maxBytes} bytes`,
      Code.ResourceExhausted,
    );
  }
}
