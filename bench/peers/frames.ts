/** Frames on a stream of bytes: four bytes that say how long, and then as many. Nothing else, so it bounds what can be had of a socket. */
import type { Socket } from "node:net";

const headBytes = 4;

/** Gathers what is sent in one turn of the loop into one write. */
export function frames(socket: Socket, onFrame: (payload: Uint8Array) => void): (payload: Uint8Array) => void {
  /** Of a frame that has not come whole: its bytes, and how many of them there are. */
  let frame: Uint8Array | undefined;
  let filled = 0;
  /** Bytes of a head that has not come whole. */
  let rest: Uint8Array = new Uint8Array();
  socket.on("data", (chunk: Uint8Array) => {
    let at = 0;
    if (frame !== undefined) {
      at = Math.min(chunk.length, frame.length - filled);
      frame.set(chunk.subarray(0, at), filled);
      filled += at;
      if (filled < frame.length) return;
      onFrame(frame);
      frame = undefined;
    }
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    rest = new Uint8Array();
    while (at < bytes.length) {
      if (bytes.length - at < headBytes) {
        rest = bytes.subarray(at);
        return;
      }
      const length = view.getUint32(at);
      at += headBytes;
      if (bytes.length - at < length) {
        frame = new Uint8Array(length);
        frame.set(bytes.subarray(at));
        filled = bytes.length - at;
        return;
      }
      onFrame(bytes.subarray(at, at + length));
      at += length;
    }
  });
  let parts: Uint8Array[] = [];
  return (payload) => {
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUInt32BE(payload.length);
    if (parts.length === 0) {
      process.nextTick(() => {
        socket.write(Buffer.concat(parts));
        parts = [];
      });
    }
    parts.push(head, payload);
  };
}
