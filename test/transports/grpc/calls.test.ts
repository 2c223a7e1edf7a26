/** Calls between both stacks, on both lanes. */
import * as net from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished } from "vitest";
import { MetadataSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { CallAbort } from "../../../transports/calls/call-signal.ts";
import { overStreams } from "../../../transports/calls/lanes.ts";
import { headersOf } from "../../../transports/calls/metadata.ts";
import type { Carrier, UnaryCall } from "../../../transports/connection.ts";
import type { GrpcConnection, GrpcStack } from "../../../transports/grpc/stack.ts";
import { stacks } from "./stacks.ts";

const limits = { maxMessageBytes: 32 * 1024 * 1024 };
const message = Uint8Array.of(1, 2, 3);

/** @param unary what answers `/test/Unary`; all other paths echo, as streams */
async function connect(
  client: GrpcStack,
  server: GrpcStack,
  unary: Carrier<Uint8Array>["unary"],
): Promise<GrpcConnection> {
  const echo = overStreams<Uint8Array>(({ input, metadata }) => {
    const own = Promise.resolve(metadata);
    return { header: own, output: input, trailer: own };
  });
  const answering = server.createServer({ ...echo, unary, isUnary: (path) => path === "/test/Unary" }, limits);
  const listener = net.createServer(answering.accept);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as net.AddressInfo;
  const grace = { signal: AbortSignal.abort(), ms: 0 };
  const connection = client.connect(() => net.connect(port, "127.0.0.1"), { ...limits, grace });
  onTestFinished(async () => {
    connection.close();
    listener.close();
    await answering.close();
  });
  return connection;
}

const pairs = stacks.flatMap((client) => stacks.map((server) => ({ client, server })));

describe.each(pairs)("calls from the stack $client.name to the stack $server.name", ({ client, server }) => {
  const pair = (unary: Carrier<Uint8Array>["unary"]) => connect(client.stack, server.stack, unary);
  const call = { path: "/test/Unary", metadata: [], message };
  /** The carrier of the reference answers streams alone, and a unary call is one of them to it. */
  const onUnaryLane = server.name === "built-in";

  it.runIf(onUnaryLane)("bring metadata both ways, and how long there is", async () => {
    const calls: UnaryCall<Uint8Array>[] = [];
    const { bytes } = await pair(async (called) => {
      calls.push(called);
      return { message: called.message, header: ["x-head", "1", "x-bin", "two"], trailer: ["x-own-bin", "AP8Q"] };
    });
    const metadata = ["x-own", "ünï", "x-own-bin", "AP8Q"];
    const reply = await bytes.unary({ ...call, metadata, deadline: performance.now() + 5000 });
    expect(reply.message).toEqual(message);
    expect([...headersOf(reply.header)]).toEqual([...new Headers({ "x-head": "1", "x-bin": "two" })]);
    expect(reply.trailer).toEqual(["x-own-bin", "AP8Q"]);
    const [{ metadata: came, deadline = 0 } = call as UnaryCall<Uint8Array>] = calls;
    expect([...headersOf(came)]).toEqual([...headersOf(metadata)]);
    expect(deadline - performance.now()).toBeGreaterThan(1000);
  });

  it.runIf(onUnaryLane)("end with an error's code, text, details and metadata", async () => {
    const { bytes } = await pair(async () => {
      const detail = { desc: MetadataSchema, value: { name: "limit", value: "7" } };
      throw new ConnectError("too far,\n100%", Code.OutOfRange, { "x-why": "because" }, [detail]);
    });
    const error = await failure(() => bytes.unary(call));
    expect(error).toMatchObject({ code: Code.OutOfRange, rawMessage: "too far,\n100%" });
    expect(error.findDetails(MetadataSchema)[0]).toMatchObject({ name: "limit", value: "7" });
    expect(error.metadata.get("x-why")).toBe("because");
  });

  it.runIf(onUnaryLane)("end at once when they are given up, on both sides", async () => {
    const calls: UnaryCall<Uint8Array>[] = [];
    const { bytes } = await pair((called) => {
      calls.push(called);
      return new Promise(() => {});
    });
    const caller = new CallAbort();
    const answer = failure(() => bytes.unary({ ...call, signal: caller }));
    await until("the call has come", () => calls.length === 1);
    const reason = new ConnectError("no longer needed", Code.Canceled);
    caller.abort(reason);
    expect(await answer).toMatchObject({ code: Code.Canceled, rawMessage: "no longer needed" });
    await until("its handler is told", () => calls[0]?.signal?.aborted === true);
    expect(calls[0]?.signal?.reason).toMatchObject({ code: Code.Canceled });
    // One that is given up before it is made is not made.
    expect(await failure(() => bytes.unary({ ...call, signal: caller }))).toMatchObject({ code: Code.Canceled });
    expect(calls).toHaveLength(1);
  });

  it("carry many large messages at once, and some that are given up halfway", async () => {
    const { bytes } = await pair(async (called) => ({ message: called.message, header: [], trailer: [] }));
    const path = onUnaryLane ? "/test/Unary" : "/test/Stream";
    const large = new Uint8Array(1_000_000).map((_, at) => at % 251);
    const caller = new CallAbort();
    const given = Array.from({ length: 4 }, () =>
      bytes.unary({ ...call, path, message: large, signal: caller }).catch(() => {}),
    );
    const kept = Array.from({ length: 4 }, () => bytes.unary({ ...call, path, message: large }));
    setImmediate(() => caller.abort(new ConnectError("no longer needed", Code.Canceled)));
    for (const { message: came } of await Promise.all(kept)) expect(Buffer.compare(came, large)).toBe(0);
    await Promise.all(given);
    expect((await bytes.unary({ ...call, path })).message).toEqual(message);
  });

  it("are refused over the limit of their metadata, and nothing else is", async () => {
    const { bytes } = await pair(async (called) => ({ message: called.message, header: [], trailer: [] }));
    const path = onUnaryLane ? "/test/Unary" : "/test/Stream";
    const metadata = ["x-long", "x".repeat(50_000)];
    expect(await failure(() => bytes.unary({ ...call, path, metadata }))).toMatchObject({
      code: Code.ResourceExhausted,
      rawMessage: expect.stringMatching(/^metadata of 50\d{3} bytes is longer than the limit of 49152 bytes$/),
    });
    expect((await bytes.unary({ ...call, path, metadata: ["x-long", "x".repeat(45_000)] })).message).toEqual(message);
  });
});
