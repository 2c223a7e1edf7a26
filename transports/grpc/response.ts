/** The fields of a response, as they are sent and as they are read. */
import { Code, ConnectError } from "@connectrpc/connect";
import { validateResponse } from "../calls/connect.ts";
import { asConnectError } from "../calls/connect-error.ts";
import type { Metadata } from "../connection.ts";
import { isCompressing, knownEncodings } from "./compression.ts";
import { fieldOf, ownMetadata, withMetadata } from "./metadata.ts";

const plain: readonly string[] = [":status", "200", "content-type", "application/grpc+proto"];
const listing: readonly string[] = [...plain, "grpc-accept-encoding", knownEncodings];

/**
 * @param listsEncodings whether it says which compression is read here
 * @throws ConnectError for metadata that cannot be sent
 */
export function responseFields(header: Metadata, listsEncodings: boolean, maxBytes: number): readonly string[] {
  const fields = listsEncodings ? listing : plain;
  return header.length === 0 ? fields : withMetadata(fields, header, maxBytes);
}

/** What the first fields of a response say. */
export interface Response {
  readonly metadata: Metadata;
  readonly isCompressing: boolean;
  /** Of an answer that is none of gRPC, or in a form that is not read here. */
  readonly error?: ConnectError;
}

const read = new WeakMap<readonly string[], Response>();

/** Never throws. The same array is read once. */
export function readResponse(fields: readonly string[]): Response {
  let response = read.get(fields);
  if (response === undefined) {
    response = parseResponse(fields);
    // An error belongs to one call.
    if (response.error === undefined) read.set(fields, response);
  }
  return response;
}

function parseResponse(fields: readonly string[]): Response {
  const status = fieldOf(fields, ":status") ?? "";
  const metadata = ownMetadata(fields);
  const response = { metadata, isCompressing: false };
  try {
    const headers = new Headers();
    const type = fieldOf(fields, "content-type");
    if (type !== undefined) headers.set("content-type", type);
    validateResponse(Number(status), headers);
    return { ...response, isCompressing: isCompressing(fieldOf(fields, "grpc-encoding")) };
  } catch (thrown) {
    const { rawMessage, code } = asConnectError(thrown);
    // Of a compression that was not offered. (gRPC, "Compression")
    return {
      ...response,
      error: new ConnectError(rawMessage, code === Code.Unimplemented && status === "200" ? Code.Internal : code),
    };
  }
}
