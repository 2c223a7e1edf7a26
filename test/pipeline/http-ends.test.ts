/** Every way in which an answer can end ends the task, at once and with a sentence. */
import { createServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parsePipeline } from "../../src/pipeline/parse.ts";
import { runPipeline } from "../../src/pipeline/run.ts";

/** Answers every request by writing, and leaves the connection open unless it ends it itself. */
async function resultOf(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("data", () => answer(socket));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    const environment = { bridges: new Map(), allowLocalAddresses: true, maxBodyBytes: 1000, bridgeCache: new Map() };
    const pipeline = parsePipeline(`a [type=http url="http://127.0.0.1:${port}"]`);
    // Far more than any of them takes: what this time ends is told as such, and is another sentence.
    const { result } = await runPipeline(pipeline, { environment, variables: {}, timeoutMs: 20_000 });
    if (result.error === undefined) return `value ${JSON.stringify(result.value)}`;
    return result.error.message.replace(`Task "a" failed: `, "").replaceAll(`http://127.0.0.1:${port}/`, "URL");
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }
}

/** Writes again and again until the connection is closed. */
const endlessly = (text: string) => (socket: Socket) => {
  const timer = setInterval(() => socket.write(text), 2);
  socket.on("close", () => clearInterval(timer));
};
const writes = (text: string) => (socket: Socket) => void socket.write(text);
const ends = (text: string) => (socket: Socket) => void socket.end(text);

const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const early = "Cannot request URL: the connection was closed before an answer came";
const midway = "Cannot request URL: the connection was closed in the middle of the answer";
const notHttp = /^Cannot request URL: the answer is not HTTP \(Parse Error: .*\)$/;
const tooLong = "Cannot request URL: the headers of the answer are too long";
const packed = gzipSync("7".repeat(100));

describe("an answer of", () => {
  it.each<[string, (socket: Socket) => void, string | RegExp]>([
    [
      "101, with an upgrade",
      writes("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      "Cannot request URL: the server answers by switching to another protocol",
    ],
    ["101, without one", writes("HTTP/1.1 101 X\r\n\r\n"), "URL answered with status 101, which is no answer"],
    [
      "100 for ever",
      endlessly("HTTP/1.1 100 Continue\r\n\r\n"),
      "Cannot request URL: the server sent only informational responses",
    ],
    [
      "103 for ever",
      endlessly("HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n".repeat(100)),
      "Cannot request URL: the server sent only informational responses",
    ],
    ["100 and then 200", writes("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7"), 'value "7"'],
    ["204", writes("HTTP/1.1 204 No Content\r\n\r\n"), 'value ""'],
    ["304", writes("HTTP/1.1 304 Not Modified\r\n\r\n"), "GET URL answered with status 304"],
    ["000", writes("HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n"), "URL answered with status 0, which is no answer"],
    ["nothing, and an end", ends(""), early],
    ["nothing, and a reset", (socket) => void socket.resetAndDestroy(), early],
    ["half a head", ends("HTTP/1.1 200 OK\r\ncontent-le"), early],
    ["half a body", ends("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"), midway],
    ["half a chunk", ends(`${chunked}5\r\nhal`), midway],
    ["chunks without the last", ends(`${chunked}1\r\n7\r\n`), midway],
    ["half a trailer", ends(`${chunked}1\r\n7\r\n0\r\nx: `), midway],
    ["what is no chunk", writes(`${chunked}zz\r\n7`), midway],
    ["chunks with trailers", writes(`${chunked}1\r\n7\r\n0\r\nx: y\r\n\r\n`), 'value "7"'],
    ["a body until the end", ends("HTTP/1.0 200 OK\r\n\r\n7"), 'value "7"'],
    ["more than its length", writes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n777"), 'value "7"'],
    ["no head at all", writes("7 is the price\r\n\r\n"), notHttp],
    ["bytes", writes("\u0000\u0001\u0002"), notHttp],
    ["two lengths", writes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n77"), notHttp],
    ["a header that is too long", writes(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(300_000)}\r\n\r\n`), tooLong],
    ["headers for ever", endlessly("HTTP/1.1 200 OK\r\n".padEnd(20_000, "x: y\r\n")), tooLong],
    [
      "half a compressed body",
      writes(
        `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n${packed.toString("latin1", 0, 2)}..`,
      ),
      /^Cannot request URL: the body of the answer cannot be decompressed \(.*\)$/,
    ],
  ])("%s", async (_what, answer, expected) => {
    const result = await resultOf(answer);
    if (typeof expected === "string") expect(result).toBe(expected);
    else expect(result).toMatch(expected);
  });
});
