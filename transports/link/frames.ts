/**
 * The frames that carry calls over a channel. A chunk is one posted message: a brand and a version, then any number of
 * frames, each a length, a type, the number of its stream and a payload. Numbers are big-endian.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { isRecord } from "../../src/values/record.ts";
import { wireDetails } from "../calls/errors.ts";
import { headersOf, metadataOf } from "../calls/metadata.ts";
import type { Metadata } from "../connection.ts";

export const frameType = {
  /** Caller: begins a stream. Payload: {@link OpenPayload} */
  open: 1,
  /** Either side: one message. */
  message: 2,
  /** Caller: no further messages. */
  halfClose: 3,
  /** Answerer: the response's headers. */
  header: 4,
  /** Answerer: the last frame of a stream. Payload: {@link EndPayload} */
  end: 5,
  /** Caller: gives the call up; the last frame from this side. Payload: {@link CancelPayload} */
  cancel: 6,
  /** Either side: so many bytes of messages were taken by their reader. Payload: u32 */
  credit: 7,
} as const;

export interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

export type MetadataList = readonly (readonly [name: string, value: string])[];

export interface OpenPayload {
  readonly path: string;
  /** Which server of the other side: 0 is the main one, others are brokered. */
  readonly target: number;
  readonly timeoutMs?: number;
  readonly header: MetadataList;
}

export interface EndPayload {
  readonly trailer: MetadataList;
  readonly error?: ErrorPayload;
}

export interface ErrorPayload {
  readonly code: number;
  readonly message: string;
  /** Type name and base64 of the message. */
  readonly details: readonly (readonly [type: string, value: string])[];
}

export interface CancelPayload {
  readonly code: number;
  readonly message: string;
}

/** The peer broke the frame protocol. Its instance ends with the reason "protocol-error". */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const brand = 0x4c50_0001; // "LP", version 1
const chunkHeaderBytes = 4;
export const frameHeaderBytes = 9;

export function encodeChunk(frames: readonly Frame[]): Uint8Array<ArrayBuffer> {
  let size = chunkHeaderBytes;
  for (const { payload } of frames) size += frameHeaderBytes + payload.length;
  const chunk = new Uint8Array(size);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, brand);
  let offset = chunkHeaderBytes;
  for (const { type, stream, payload } of frames) {
    view.setUint32(offset, payload.length);
    view.setUint8(offset + 4, type);
    view.setUint32(offset + 5, stream);
    chunk.set(payload, offset + frameHeaderBytes);
    offset += frameHeaderBytes + payload.length;
  }
  return chunk;
}

/** The frames of a chunk, one by one. @throws FrameError where it comes to anything that {@link encodeChunk} does not make */
export function* decodeChunk(chunk: Uint8Array): Generator<Frame> {
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk.length < chunkHeaderBytes || view.getUint32(0) !== brand) {
    throw new FrameError("Cannot read a chunk: it does not begin with this version's brand");
  }
  let offset = chunkHeaderBytes;
  while (offset < chunk.length) {
    if (chunk.length - offset < frameHeaderBytes)
      throw new FrameError("Cannot read a chunk: it ends inside a frame header");
    const length = view.getUint32(offset);
    const start = offset + frameHeaderBytes;
    if (length > chunk.length - start) throw new FrameError("Cannot read a chunk: it ends inside a payload");
    // A copy: the reader of a small message must not keep a whole chunk alive.
    yield {
      type: view.getUint8(offset + 4),
      stream: view.getUint32(offset + 5),
      payload: chunk.slice(start, start + length),
    };
    offset = start + length;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function encodePayload(payload: OpenPayload | EndPayload | CancelPayload | MetadataList): Uint8Array {
  return encoder.encode(JSON.stringify(payload));
}

export function encodeCredit(bytes: number): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, bytes);
  return payload;
}

export function decodeCredit(payload: Uint8Array): number {
  if (payload.length !== 4) throw new FrameError("Cannot read a credit: it is not four bytes long");
  return new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
}

export function decodeOpen(payload: Uint8Array): OpenPayload {
  const { path, target, timeoutMs, header } = record(payload, "open");
  if (
    typeof path !== "string" ||
    !Number.isInteger(target) ||
    (timeoutMs !== undefined && typeof timeoutMs !== "number")
  ) {
    throw new FrameError("Cannot read an open frame: its fields are not of the right kind");
  }
  return { path, target: Number(target), header: metadata(header), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}

export function decodeEnd(payload: Uint8Array): EndPayload {
  const { trailer, error } = record(payload, "end");
  return { trailer: metadata(trailer), ...(error === undefined ? {} : { error: errorPayload(error) }) };
}

export function decodeCancel(payload: Uint8Array): CancelPayload {
  const { code, message } = record(payload, "cancel");
  return { code: statusCode(code), message: String(message) };
}

export function decodeMetadata(payload: Uint8Array): MetadataList {
  return metadata(json(payload, "header"));
}

function errorPayload(value: unknown): ErrorPayload {
  if (!isRecord(value) || typeof value.message !== "string")
    throw new FrameError("Cannot read an error: it has no message");
  return { code: statusCode(value.code), message: value.message, details: metadata(value.details) };
}

function statusCode(value: unknown): Code {
  if (typeof value === "number" && value in Code) return value;
  throw new FrameError(`Cannot read a status: ${String(value)} is not a code`);
}

function metadata(value: unknown): MetadataList {
  if (!Array.isArray(value)) throw new FrameError("Cannot read metadata: it is not a list");
  return value.map((pair: unknown) => {
    if (!Array.isArray(pair) || typeof pair[0] !== "string" || typeof pair[1] !== "string") {
      throw new FrameError("Cannot read metadata: an entry is not a pair of strings");
    }
    return [pair[0], pair[1]];
  });
}

function record(payload: Uint8Array, what: string): Record<string, unknown> {
  const value = json(payload, what);
  if (!isRecord(value)) throw new FrameError(`Cannot read a frame of kind ${what}: its payload is not an object`);
  return value;
}

function json(payload: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(decoder.decode(payload));
  } catch {
    throw new FrameError(`Cannot read a frame of kind ${what}: its payload is not JSON`);
  }
}

/** @throws FrameError for names and values that no metadata can have */
export function toMetadata(list: MetadataList): Metadata {
  try {
    return metadataOf(list.map(([name, value]): [string, string] => [name, value]));
  } catch {
    throw new FrameError("Cannot read metadata: a name or a value has characters that are not allowed");
  }
}

export function fromMetadata(metadata: Metadata): MetadataList {
  const list: [string, string][] = [];
  for (let index = 0; index < metadata.length; index += 2) {
    list.push([metadata[index] as string, metadata[index + 1] as string]);
  }
  return list;
}

export function toErrorPayload(error: ConnectError): ErrorPayload {
  const details = wireDetails(error).map(({ type, value }): [string, string] => [
    type,
    Buffer.from(value).toString("base64"),
  ]);
  return { code: error.code, message: error.rawMessage, details };
}

export function fromErrorPayload(payload: ErrorPayload, trailer: Metadata): ConnectError {
  const error = new ConnectError(payload.message, payload.code, headersOf(trailer));
  error.details = payload.details.map(([type, value]) => ({ type, value: Buffer.from(value, "base64") }));
  return error;
}
