/** The fields of a request, as they are sent and as they are read. */
import type { ConnectError } from "@connectrpc/connect";
import { asConnectError } from "../calls/connect-error.ts";
import { noMetadata } from "../calls/metadata.ts";
import type { Metadata } from "../connection.ts";
import { isCompressing } from "./compression.ts";
import { fieldOf, ownMetadata, withMetadata } from "./metadata.ts";
import { formatTimeout, readTimeout } from "./timeout.ts";

/** Fields of a request: those that come again, and those of this one alone. */
export interface RequestFields {
  readonly fields: readonly string[];
  readonly more: readonly string[] | undefined;
}

/** @throws ConnectError for metadata that cannot be sent */
export type WriteRequest = (path: string, metadata: Metadata, deadline: number | undefined) => RequestFields;

/** So many paths are remembered; they are made up by callers where calls are only handed on. */
const mostPaths = 1000;

/** The fields of calls to one path that have no metadata of their own: the same array, which HTTP/2 has in its table. */
interface Written extends RequestFields {
  readonly timeout: string | undefined;
  /** The same without a timeout, for calls that have another one. */
  readonly untimed: readonly string[];
}

export function createRequestWriter(maxBytes: number): WriteRequest {
  const written = new Map<string, Written>();
  return (path, metadata, deadline) => {
    const timeout = deadline === undefined ? undefined : formatTimeout(deadline - performance.now());
    const known = written.get(path) ?? remember(path, timeout);
    if (metadata.length === 0) {
      if (known.timeout === timeout) return known;
      return { fields: known.untimed, more: timeoutFields(timeout) };
    }
    return { fields: withMetadata(known.untimed, metadata, maxBytes), more: timeoutFields(timeout) };
  };

  /** Most callers have one timeout for all calls to a path. */
  function remember(path: string, timeout: string | undefined): Written {
    const untimed = withMetadata(fieldsTo(path), noMetadata, maxBytes);
    const fields = timeout === undefined ? untimed : [...untimed, "grpc-timeout", timeout];
    if (written.size >= mostPaths) written.clear();
    const made: Written = { fields, more: undefined, timeout, untimed };
    written.set(path, made);
    return made;
  }
}

function timeoutFields(timeout: string | undefined): readonly string[] | undefined {
  return timeout === undefined ? undefined : ["grpc-timeout", timeout];
}

const own: readonly string[] = ["content-type", "application/grpc+proto", "te", "trailers", "user-agent", "loopp"];

/**
 * The fields of a request, without those that say where it goes.
 * @throws ConnectError for metadata that cannot be sent
 */
export function requestFields(metadata: Metadata, timeoutMs: number | undefined, maxBytes: number): readonly string[] {
  const timeout = timeoutMs === undefined ? undefined : formatTimeout(timeoutMs);
  return withMetadata([...own, ...(timeoutFields(timeout) ?? [])], metadata, maxBytes);
}

function fieldsTo(path: string): readonly string[] {
  return [":method", "POST", ":scheme", "http", ":path", path, ":authority", "localhost", ...own];
}

/** What the fields of a request say. */
export interface Request {
  readonly path: string;
  readonly metadata: Metadata;
  readonly timeoutMs: number | undefined;
  readonly isCompressing: boolean;
  /** Whether it says how it compresses: the answer then says which compression is read here. */
  readonly namesEncoding: boolean;
  /** By which it is answered, whatever it asks for. */
  readonly error?: ConnectError;
  /** Of one that is none of gRPC: the status of HTTP by which it is answered. */
  readonly refusal?: 405 | 415;
}

const read = new WeakMap<readonly string[], Request>();

/** Never throws. The same array is read once. */
export function readRequest(fields: readonly string[]): Request {
  let request = read.get(fields);
  if (request === undefined) {
    request = parseRequest(fields);
    // An error belongs to one call.
    if (request.error === undefined) read.set(fields, request);
  }
  return request;
}

function parseRequest(fields: readonly string[]): Request {
  const path = fieldOf(fields, ":path") ?? "";
  const encoding = fieldOf(fields, "grpc-encoding");
  const namesEncoding = encoding !== undefined;
  const nothing = { path, metadata: noMetadata, timeoutMs: undefined, isCompressing: false, namesEncoding };
  if (fieldOf(fields, ":method") !== "POST") return { ...nothing, refusal: 405 };
  if (!/^application\/grpc(\+proto)?($|;)/.test(fieldOf(fields, "content-type") ?? ""))
    return { ...nothing, refusal: 415 };
  try {
    return {
      path,
      metadata: ownMetadata(fields),
      timeoutMs: readTimeout(fieldOf(fields, "grpc-timeout")),
      isCompressing: isCompressing(encoding),
      namesEncoding,
    };
  } catch (thrown) {
    return { ...nothing, error: asConnectError(thrown) };
  }
}
