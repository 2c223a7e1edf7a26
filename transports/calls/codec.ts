/** Between messages and bytes, with a limit on both. */
import type { DescMessage, DescMethod, Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { decodeMessage } from "../../src/values/decode-message.ts";
import { encodeMessage } from "../../src/values/encode-message.ts";
import { errorText } from "../../src/values/error-text.ts";
import type { Answers, Called, Carrier } from "../connection.ts";
import { unimplemented } from "./errors.ts";
import { map } from "./iterables.ts";
import { failedReply } from "./lanes.ts";

/** The caller's half: messages in, messages out, bytes in between. */
export function encoding(bytes: Carrier<Uint8Array>, maxMessageBytes: number): Carrier<Message> {
  return {
    async unary(call) {
      const { path, metadata, deadline, signal } = call;
      const method = methodOf(call);
      const message = encode(method.input, call.message, maxMessageBytes);
      const reply = await bytes.unary({ path, method, metadata, deadline, signal, message });
      return {
        message: decode(method.output, reply.message, maxMessageBytes, Code.Internal),
        header: reply.header,
        trailer: reply.trailer,
      };
    },
    stream(call) {
      const { path, metadata, deadline, signal } = call;
      const method = methodOf(call);
      const input = map(call.input, (message) => encode(method.input, message, maxMessageBytes));
      const { header, trailer, output } = bytes.stream({ path, method, metadata, deadline, signal, input });
      const decoded = map(output, (answer) => decode(method.output, answer, maxMessageBytes, Code.Internal));
      return { header, trailer, output: decoded };
    },
  };
}

/** The answering half: bytes in, bytes out, messages in between. */
export function decoding(answers: Answers, maxMessageBytes: number): Carrier<Uint8Array> {
  return {
    async unary(call) {
      const { path, metadata, deadline, signal } = call;
      const method = answers.methodOf(path);
      if (method === undefined) throw unimplemented(path);
      const message = decode(method.input, call.message, maxMessageBytes, Code.InvalidArgument);
      const reply = await answers.unary({ path, method, metadata, deadline, signal, message });
      return {
        message: encode(method.output, reply.message, maxMessageBytes),
        header: reply.header,
        trailer: reply.trailer,
      };
    },
    stream(call) {
      const { path, metadata, deadline, signal } = call;
      const method = answers.methodOf(path);
      if (method === undefined) return failedReply(unimplemented(path));
      const input = map(call.input, (bytes) => decode(method.input, bytes, maxMessageBytes, Code.InvalidArgument));
      const { header, trailer, output } = answers.stream({ path, method, metadata, deadline, signal, input });
      return { header, trailer, output: map(output, (message) => encode(method.output, message, maxMessageBytes)) };
    },
    isUnary: (path) => answers.isUnary(path),
  };
}

/** @throws TypeError where a call by its messages does not say which method it is of */
function methodOf({ method, path }: Called): DescMethod {
  if (method === undefined) throw new TypeError(`Cannot call ${path} by its messages: its method is not known`);
  return method;
}

/** @throws ConnectError Internal for a message that cannot be encoded, ResourceExhausted for one that is too long */
export function encode(schema: DescMessage, message: Message, maxBytes: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = encodeMessage(schema, message);
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

/** @throws ConnectError `code` for bytes that cannot be read, ResourceExhausted for too many */
export function decode(schema: DescMessage, bytes: Uint8Array, maxBytes: number, code: Code): Message {
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
