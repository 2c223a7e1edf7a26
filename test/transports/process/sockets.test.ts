/** Where host and plugin listen, and how they reach each other. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { afterAll, describe, expect, it } from "vitest";
import { failure } from "../../../src/testing/failure.ts";
import { unimplemented } from "../../../transports/calls/errors.ts";
import { failedReply, overStreams } from "../../../transports/calls/lanes.ts";
import { defaultGrpcTerms, loadGrpc } from "../../../transports/process/grpc.ts";
import { type Address, dial, serveOnSocket } from "../../../transports/process/sockets.ts";

const folder = mkdtempSync(join(tmpdir(), "sockets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const grpc = await loadGrpc({ ...defaultGrpcTerms, maxMessageBytes: 1024 });
const nothing = overStreams<Uint8Array>(({ path }) => failedReply(unimplemented(path)));

/** The error of a call. */
async function callTo(address: Address) {
  const client = grpc.connect(() => dial(address), { grace: { signal: AbortSignal.abort(), ms: 0 } });
  const { output } = client.bytes.stream({
    path: "/any.Service/Method",
    metadata: [],
    signal: AbortSignal.timeout(20_000),
    input: (async function* () {})(),
  });
  const error = await failure(async () => {
    for await (const _ of output);
  });
  client.close();
  return error;
}

describe("a socket", () => {
  it("has no path that would be cut off", async () => {
    const long = join(folder, "x".repeat(110));
    await expect(serveOnSocket(long, nothing, grpc)).rejects.toThrow(/a socket's path has 10\d bytes at most/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is served until it is closed, and leaves no file then", async () => {
    const path = join(folder, "s.sock");
    const server = await serveOnSocket(path, nothing, grpc);
    expect(readdirSync(folder)).toEqual(["s.sock"]);
    expect((await callTo({ network: "unix", address: path })).code).toBe(Code.Unimplemented);
    await server.close();
    expect(readdirSync(folder)).toEqual([]);
    expect((await callTo({ network: "unix", address: path })).code).toBe(Code.Unavailable);
  });

  it("is not had where another one is", async () => {
    const path = join(folder, "taken.sock");
    const server = await serveOnSocket(path, nothing, grpc);
    await expect(serveOnSocket(path, nothing, grpc)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await server.close();
  });

  it.each([
    ["unix", "/nowhere/at.all"],
    ["unix", ""],
    ["tcp", "nonsense"],
    ["tcp", "127.0.0.1:0"],
    ["tcp", "127.0.0.1:99999"],
    ["tcp", "[::1]:1"],
  ] as const)("where nothing is makes calls Unavailable: %s %s", async (network, address) => {
    expect((await callTo({ network, address })).code).toBe(Code.Unavailable);
  });
});
