/** RFC 9113, 4 and 6: what frames are made of. */

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flag = {
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

export const frameHeadBytes = 9;
/** Of a frame, before a peer has said that it takes more, and the least that it may say. */
export const defaultFrameBytes = 16_384;
export const largestFrameBytes = 2 ** 24 - 1;
/** Of the connection and of each stream, before anybody has said something else. */
export const defaultWindowBytes = 65_535;
export const largestWindowBytes = 2 ** 31 - 1;
export const lastStreamId = 2 ** 31 - 1;

/** What a client says first. */
export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export function writeHead(into: Uint8Array, at: number, length: number, type: number, flags: number, id: number): void {
  into[at] = length >>> 16;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
  into[at + 3] = type;
  into[at + 4] = flags;
  writeUint32(into, at + 5, id);
}

export function writeUint32(into: Uint8Array, at: number, number: number): void {
  into[at] = number >>> 24;
  into[at + 1] = number >>> 16;
  into[at + 2] = number >>> 8;
  into[at + 3] = number;
}

export function readUint32(from: Uint8Array, at: number): number {
  return ((from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!) >>> 0;
}

/** Stream ids and window increments: their first bit means nothing. */
export function readUint31(from: Uint8Array, at: number): number {
  return readUint32(from, at) & 0x7fff_ffff;
}
