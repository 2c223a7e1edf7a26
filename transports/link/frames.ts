/**
 * The frames that carry calls over a channel. A chunk is one posted message: a brand and a version, then any number of frames, each the
 * length of its payload, a type, the number of its call and the payload. What payloads are made of is in frame-writer.ts, and
 * frame-reader.ts reads it. Numbers are big-endian and have 32 bits, where nothing else is said.
 */

/** Of each kind of frame, what its payload has. */
export const frameType = {
  /** Caller: begins a stream. The call. */
  open: 1,
  /** Either side: one message of a stream. A message, as in all frames, is the last part: how many bytes are left out, those, and the message. */
  message: 2,
  /** Caller: no further messages. Nothing. */
  halfClose: 3,
  /** Answerer: the response's headers. Metadata. */
  header: 4,
  /** Answerer: the last frame of a stream, or a unary call that failed. A status, and metadata. */
  end: 5,
  /** Caller: gives the call up; the last frame from this side. A status. */
  cancel: 6,
  /** Either side: so many bytes of messages were taken by their reader. */
  credit: 7,
  /** Caller: all of a unary call. The call, and its message. */
  request: 8,
  /** Answerer: all of a unary call's answer. Metadata twice, headers and trailers, and the message. */
  answer: 9,
} as const;

/** The peer broke the frame protocol. Its instance ends with the reason "protocol-error". */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

export const brand = 0x4c50_0002; // "LP", version 2
export const chunkHeadBytes = 4;
export const frameHeadBytes = 9;
/** In place of a call's time, in milliseconds: it has no limit. */
export const noLimit = 0xffff_ffff;
/** Paths that a side gives numbers to; further ones are written out in each call. */
export const mostPaths = 4096;

/** What a header's name is made of, in lower case. */
export function isMetadataName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name);
}

/** Whether a header can have this value: bytes, but for those that would end it. */
export function isMetadataValue(value: string): boolean {
  return /^[^\0\r\n\u0100-\uffff]*$/.test(value);
}
