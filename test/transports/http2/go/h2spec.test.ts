/** h2spec (github.com/summerwind/h2spec), all of it and strict, against both ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { goProgram } from "../../../../scripts/go-program.ts";
import { connectHttp2 } from "../../../../transports/http2/client.ts";
import { acceptHttp2 } from "../../../../transports/http2/server.ts";
import { hello } from "../support.ts";
import { buildTimeoutMs, goPeer } from "./programs.ts";

// What it takes for a frame that is too large is as long as a frame may be by default.
const maxFrameBytes = 16_384;

describe.skipIf(goProgram === undefined)("h2spec", () => {
  let h2spec: string;
  beforeAll(async () => {
    h2spec = await goPeer("h2spec");
  }, buildTimeoutMs);

  it("finds nothing wrong with the server", async () => {
    const server = createServer((socket) => {
      acceptHttp2(socket, { maxFrameBytes, onEnd() {} }, hello);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const report = await text(spawn(h2spec, [String(port)]).stdout);
    server.close();
    expect(lastLines(report)).toMatch(/146 tests, 146 passed, 0 skipped, 0 failed$/);
  });

  it("finds nothing wrong with the client", async () => {
    const { stdout } = spawn(h2spec);
    const said: string[] = [];
    const [first] = await once(stdout.setEncoding("utf8"), "data");
    const port = Number(first);
    stdout.on("data", (words: string) => said.push(words));
    let isOver = false;
    stdout.once("end", () => {
      isOver = true;
    });
    while (!isOver) {
      await new Promise<void>((resolve) => {
        const client = connectHttp2(connect(port, "127.0.0.1"), { maxFrameBytes, onEnd: () => resolve() });
        client.request(
          [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "localhost"],
          undefined,
          true,
          {
            onFields() {},
            onData() {},
            onReset() {},
          },
        );
      });
    }
    expect(lastLines(said.join(""))).toMatch(/57 tests, 57 passed, 0 skipped, 0 failed$/);
  });
});

/** What failed, if anything has, and the count. */
function lastLines(report: string): string {
  return stripVTControlCharacters(report).trim().split("\n").slice(-40).join("\n");
}
