/** Says a handshake for a socket on which something else is than the protocol: the first argument says what. */
import { writeSync } from "node:fs";
import * as net from "node:net";
import { join } from "node:path";

const mode = process.argv[2];
const path = join(process.env.PLUGIN_UNIX_SOCKET_DIR ?? "/tmp", "raw.sock");
const handshake = () => writeSync(1, `1|1|unix|${path}|grpc|\n`);
/** An HTTP/2 frame: length, type, flags, stream. */
const frame = (type, flags, stream, payload = Buffer.alloc(0)) => {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
};
const settings = frame(4, 0, 0);

const answers = {
  garbage: Buffer.alloc(2000, 0xff),
  text: Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nwhat?\r\n"),
  // A proper beginning, then a frame that is larger than was agreed.
  "huge-frame": Buffer.concat([settings, Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])]),
  // Headers that cannot be decompressed.
  "bad-headers": Buffer.concat([settings, frame(1, 5, 1, Buffer.alloc(50, 0xff))]),
  goaway: Buffer.concat([settings, frame(7, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, 2]))]),
  // Takes every stream back as it comes.
  resets: Buffer.concat([settings, ...[1, 3, 5, 7].map((stream) => frame(3, 0, stream, Buffer.from([0, 0, 0, 7])))]),
};

const server = net.createServer((socket) => {
  socket.on("error", () => {});
  if (mode === "closes") return socket.destroy();
  if (mode === "ends") return socket.end();
  const answer = answers[mode];
  if (answer !== undefined) socket.once("data", () => socket.write(answer));
  socket.resume();
});

process.on("SIGTERM", () => {});
switch (mode) {
  case "no-handshake":
    setInterval(() => {}, 1000);
    break;
  case "dead-socket":
    handshake();
    setInterval(() => {}, 1000);
    break;
  default:
    server.listen(path, handshake);
}
