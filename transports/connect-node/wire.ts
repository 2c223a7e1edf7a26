/** What carries the bytes of one connection: a socket, or any other stream with two directions, that is already dialled or accepted. */
import type { Duplex } from "node:stream";

/** Ends the wire when the peer has ended its half: HTTP/2 has no use for the other one. Sockets do so by themselves, and other streams do not. */
export function endWithPeer(wire: Duplex): void {
  wire.on("end", () => endSoon(wire));
}

/** Ends the wire once what was written has left. */
export function endSoon(wire: Duplex): void {
  wire.once("finish", () => wire.destroy());
  if (wire.writableFinished) wire.destroy();
  else if (wire.writable) wire.end();
}
