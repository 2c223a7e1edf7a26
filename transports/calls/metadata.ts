/** Between a call's metadata and Connect's `Headers`, which are made when something reads them. */
import type { Metadata } from "../connection.ts";

/** The empty one, which all share. */
export const noMetadata: Metadata = Object.freeze([]);

/** @throws TypeError for names and values that no header can have */
export function metadataOf(headers: ConstructorParameters<typeof Headers>[0]): Metadata {
  if (headers === undefined) return noMetadata;
  const metadata: string[] = [];
  (headers instanceof Headers ? headers : new Headers(headers)).forEach((value, name) => {
    metadata.push(name, value);
  });
  return metadata.length === 0 ? noMetadata : metadata;
}

/** New ones each time: a reader may change them. @throws TypeError for names and values that no header can have */
export function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  appendTo(headers, metadata);
  return headers;
}

/** @throws TypeError for names and values that no header can have */
export function appendTo(headers: Headers, metadata: Metadata): void {
  for (let index = 0; index < metadata.length; index += 2) {
    headers.append(metadata[index] as string, metadata[index + 1] as string);
  }
}
