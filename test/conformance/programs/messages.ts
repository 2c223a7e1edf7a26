/** The suite's messages on the standard streams, each with its length before it. */
import { writeSync } from "node:fs";
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type Header, HeaderSchema } from "../../../proto/gen/connectrpc/conformance/v1/service_pb.ts";

const lengthBytes = 4;

export async function* readMessages<Desc extends DescMessage>(schema: Desc): AsyncGenerator<MessageShape<Desc>> {
  let read = Buffer.alloc(0);
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    read = Buffer.concat([read, chunk]);
    while (read.length >= lengthBytes) {
      const end = lengthBytes + read.readUInt32BE(0);
      if (read.length < end) break;
      yield fromBinary(schema, read.subarray(lengthBytes, end));
      read = read.subarray(end);
    }
  }
}

export function writeMessage<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  const bytes = toBinary(schema, message);
  const head = Buffer.alloc(lengthBytes);
  head.writeUInt32BE(bytes.length);
  const whole = Buffer.concat([head, bytes]);
  for (let at = 0; at < whole.length; ) at += writeSync(1, whole, at);
}

export function toList(headers: Headers): Header[] {
  return [...headers].map(([name, value]) => create(HeaderSchema, { name, value: value.split(", ") }));
}

export function append(headers: Headers, list: readonly Header[]): void {
  for (const { name, value } of list) for (const one of value) headers.append(name, one);
}
