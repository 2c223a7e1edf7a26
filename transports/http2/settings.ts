/** RFC 9113, 6.5: what each side tells the other of itself. */
import { errorCode, Http2Error, protocolError } from "./errors.ts";
import {
  defaultFrameBytes,
  defaultWindowBytes,
  largestFrameBytes,
  largestWindowBytes,
  readUint32,
  writeUint32,
} from "./frames.ts";
import { maxTableBytes } from "./hpack/dynamic-table.ts";

const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;
const settingBytes = 6;

/** What a peer has told of itself. */
export interface PeerSettings {
  tableBytes: number;
  maxStreams: number;
  windowBytes: number;
  maxFrameBytes: number;
  maxFieldBytes: number;
}

/** Before it has told; as many streams as everyone allows. */
export function unknownPeer(): PeerSettings {
  return {
    tableBytes: maxTableBytes,
    maxStreams: 100,
    windowBytes: defaultWindowBytes,
    maxFrameBytes: defaultFrameBytes,
    maxFieldBytes: Number.POSITIVE_INFINITY,
  };
}

/** @throws Http2Error for what must not be told */
export function readSettings(peer: PeerSettings, isServer: boolean, buffer: Buffer, start: number, end: number): void {
  for (let at = start; at < end; at += settingBytes) {
    const id = (buffer[at]! << 8) | buffer[at + 1]!;
    const value = readUint32(buffer, at + 2);
    switch (id) {
      case setting.headerTableSize:
        peer.tableBytes = value;
        break;
      case setting.enablePush:
        // Only a client may tell that it takes pushes, and it gets none.
        if (value > 1 || (value === 1 && !isServer)) throw protocolError(`it tells ${value} of pushes`);
        break;
      case setting.maxConcurrentStreams:
        peer.maxStreams = value;
        break;
      case setting.initialWindowSize:
        if (value > largestWindowBytes)
          throw new Http2Error(errorCode.flowControlError, `The peer's windows are too large: ${value} bytes`);
        peer.windowBytes = value;
        break;
      case setting.maxFrameSize:
        if (value < defaultFrameBytes || value > largestFrameBytes)
          throw protocolError(`it takes frames of ${value} bytes`);
        peer.maxFrameBytes = value;
        break;
      case setting.maxHeaderListSize:
        peer.maxFieldBytes = value;
        break;
    }
  }
}

/** What this side tells. */
export interface OwnSettings {
  readonly maxFrameBytes: number;
  readonly streamWindowBytes: number;
  readonly maxFieldBytes: number;
  /** Of a server. */
  readonly maxStreams: number | undefined;
}

/** The payload that tells it. */
export function writeSettings(own: OwnSettings): Uint8Array {
  const told = [
    own.maxStreams === undefined ? [setting.enablePush, 0] : [setting.maxConcurrentStreams, own.maxStreams],
    [setting.initialWindowSize, own.streamWindowBytes],
    [setting.maxFrameSize, own.maxFrameBytes],
    [setting.maxHeaderListSize, own.maxFieldBytes],
  ] as const;
  const payload = new Uint8Array(told.length * settingBytes);
  told.forEach(([id, value], index) => {
    payload[index * settingBytes + 1] = id;
    writeUint32(payload, index * settingBytes + 2, value);
  });
  return payload;
}
