/** Between messages and bytes, with a limit on both. */
import { clone, type DescMessage, type DescMethod, type Message } from "@bufbuild/protobuf";
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
      const {
        header,
        trailer,
        message: answer,
      } = await bytes.unary({ path, method, metadata, deadline, signal, message });
      return { message: decode(method.output, answer, maxMessageBytes, Code.Internal), header, trailer };
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
      const {
        header,
        trailer,
        message: answer,
      } = await answers.unary({ path, method, metadata, deadline, signal, message });
      return { message: encode(method.output, answer, maxMessageBytes), header, trailer };
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

/** Copies of messages where there is no boundary: neither side sees what the other does with its own. */
export function copying(carrier: Carrier<Message>): Carrier<Message> {
  return {
    async unary(call) {
      const { path, metadata, deadline, signal } = call;
      const method = methodOf(call);
      const message = copyMessage(method.input, call.message);
      const {
        header,
        trailer,
        message: answer,
      } = await carrier.unary({ path, method, metadata, deadline, signal, message });
      return { message: copyMessage(method.output, answer), header, trailer };
    },
    stream(call) {
      const { path, metadata, deadline, signal } = call;
      const method = methodOf(call);
      const input = map(call.input, (message) => copyMessage(method.input, message));
      const { header, trailer, output } = carrier.stream({ path, method, metadata, deadline, signal, input });
      return { header, trailer, output: map(output, (message) => copyMessage(method.output, message)) };
    },
  };
}

/** @throws TypeError where a call by its messages does not say which method it is of */
function methodOf({ method, path }: Called): DescMethod {
  if (method === undefined) throw new TypeError(`Cannot call ${path} by its messages: its method is not known`);
  return method;
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
