import { mkdtempSync, renameSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished } from "vitest";
import { connectGrpc } from "../../../transports/grpc/client.ts";

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "grpc-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A server of another make that answers every call with these fields alone. */
async function serveFields(fields: http2.OutgoingHttpHeaders): Promise<string> {
  const server = http2.createServer();
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => stream.respond(fields, { endStream: true }));
  const path = join(createFolder(), "socket");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return path;
}

/** A socket as a process leaves it that was killed. */
async function createDeadSocket(): Promise<string> {
  const folder = createFolder();
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, "alive"), resolve));
  renameSync(join(folder, "alive"), join(folder, "dead"));
  await new Promise((resolve) => server.close(resolve));
  return join(folder, "dead");
}

function call(path: string): Promise<unknown> {
  const connection = connectGrpc(
    { network: "unix", address: path },
    { maxMessageBytes: 1024, grace: { signal: AbortSignal.abort(), ms: 0 } },
  );
  const { output } = connection.bytes.call({
    path: "/any.Service/Method",
    header: new Headers(),
    signal: AbortSignal.timeout(30_000),
    input: (async function* () {})(),
  });
  return output[Symbol.asyncIterator]()
    .next()
    .finally(() => connection.close());
}

describe("the calling end of gRPC", () => {
  it("keeps the text of an error that begins or ends with a space, as Go's servers send it", async () => {
    const path = await serveFields({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": Code.InvalidArgument,
      "grpc-message": " expected nothing but got ",
    });
    await expect(call(path)).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: expect.stringMatching(/^ ?expected nothing but got ?$/),
    });
  });

  it("fails a call to a process that was killed, from wherever it is made", async () => {
    const path = await createDeadSocket();
    const soon: readonly ((made: () => void) => unknown)[] = [
      (made) => made(),
      (made) => process.nextTick(made),
      (made) => queueMicrotask(made),
      (made) => setImmediate(made),
      (made) => setTimeout(made),
    ];
    for (const whenever of soon) {
      const made = new Promise((resolve) => whenever(() => resolve(call(path))));
      await expect(made).rejects.toMatchObject({
        code: Code.Unavailable,
        rawMessage: expect.stringContaining("ECONNREFUSED"),
      });
    }
  });
});
