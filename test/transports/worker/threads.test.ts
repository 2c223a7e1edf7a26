/** A worker plugin on several threads. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, Code } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished } from "vitest";
import { Health, HealthCheckResponse_ServingStatus } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { Diagnostics } from "../../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { findExit } from "../../../transports/calls/errors.ts";
import { check } from "../../../transports/options/check.ts";
import type { PluginInstance } from "../../../transports/transport.ts";
import { createWorkerTransport } from "../../../transports/worker/index.ts";
import { createLaunch, createLog, pluginUrl } from "../support.ts";

const transport = createWorkerTransport();
const onTwo = (plugin: string) => check(transport.options, { module: pluginUrl(plugin), options: { threads: 2 } }, "x");

async function launch(log = createLog()): Promise<{ instance: PluginInstance; client: Client<typeof Conformance> }> {
  const folder = mkdtempSync(join(tmpdir(), "threads-"));
  const instance = await transport.launch(onTwo("threads"), createLaunch({ config: { folder }, onLog: log.onLog }));
  onTestFinished(async () => {
    await instance.stop({ graceMs: 5000 });
    rmSync(folder, { recursive: true });
  });
  return { instance, client: createClient(Conformance, instance.transport) };
}

/** Both calls block their threads until the other one is there, too. */
async function meet(client: Client<typeof Conformance>, id: string): Promise<(number | undefined)[]> {
  const calls = await Promise.all([client.unary({ id, count: 2 }), client.unary({ id, count: 2 })]);
  return calls.map(({ data }) => data[0]);
}

describe("a worker plugin on two threads", () => {
  it("answers two calls at once that block their threads", async () => {
    const { instance, client } = await launch();
    const [one, other] = await meet(client, "meet");
    expect(one).not.toBe(other);
    expect((await instance.stop({ graceMs: 5000 })).reason).toBe("clean");
  });

  it("gives a call to the thread that has the fewest, and leaves a stream where it began", async () => {
    const { client } = await launch();
    const held = client.serverStream({})[Symbol.asyncIterator]();
    const busy = (await held.next()).value?.data[0];
    for (let count = 0; count < 4; count++) expect((await client.unary({})).data[0]).not.toBe(busy);
    await held.return?.();
    await until("it gets calls again", async () => (await client.unary({})).data[0] === busy);
  });

  it("has no broker, on either side", async () => {
    const { instance, client } = await launch();
    for (const refused of [
      () => instance.broker.serve(() => {}),
      () => instance.broker.dial(1),
      () => client.unary({ id: "serve" }),
      () => client.unary({ id: "dial" }),
    ]) {
      expect(await failure(refused)).toMatchObject({
        code: Code.FailedPrecondition,
        rawMessage:
          "a plugin on 2 threads has no broker, because its next call may come to another thread; leave out `threads` for one that needs it",
      });
    }
  });

  it("goes on when one of them ends, and has another in its stead", async () => {
    const log = createLog();
    const { instance, client } = await launch(log);
    const held = client.serverStream({})[Symbol.asyncIterator]();
    const lasting = (await held.next()).value?.data[0];
    const error = await failure(() => client.unary({ id: "exit" }));
    expect([error.code, findExit(error)]).toMatchObject([Code.Unavailable, { plugin: "subject", reason: "crashed" }]);
    expect((await client.unary({})).data[0]).toBe(lasting);
    await until("the other one is started again", async () => (await instance.fault?.()) === undefined);
    expect(log.entries).toContainEqual(
      expect.objectContaining({ source: "host", message: "one of its 2 threads ended: crashed (exit code 3)" }),
    );
    const next = (await client.unary({})).data[0];
    expect(next).not.toBe(lasting);
    // The stream of the one that lasted is none the worse for it.
    expect((await held.return?.())?.done).toBe(true);
    expect(new Set(await meet(client, "meet-again"))).toEqual(new Set([lasting, next]));
  });

  it("ends when all of them have", async () => {
    const { instance, client } = await launch();
    const held = await Promise.all(
      [1, 2].map(async () => {
        const stream = client.serverStream({ id: "exit" })[Symbol.asyncIterator]();
        await stream.next();
        return failure(() => stream.next());
      }),
    );
    for (const error of held) expect(findExit(error)?.reason).toBe("crashed");
    expect(await instance.exited).toMatchObject({ reason: "crashed", code: 3 });
    expect(findExit(await failure(() => client.unary({})))?.reason).toBe("crashed");
  });

  it("is killed as one", async () => {
    const { instance, client } = await launch();
    const blocked = failure(() => client.unary({ id: "meet-none", count: 2 }));
    instance.kill();
    expect((await instance.exited).reason).toBe("killed");
    expect((await blocked).code).toBe(Code.Unavailable);
  });

  it("has the health and the metrics of both", async () => {
    const { instance, client } = await launch();
    const { status } = await createClient(Health, instance.transport).check({ service: "plugin" });
    expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
    await meet(client, "meet");
    const diagnostics = createClient(Diagnostics, instance.transport);
    const { body } = await diagnostics.collectMetrics({});
    const lines = body.split("\n");
    for (const line of [
      "calls_total 2",
      'sizes_bucket{le="1"} 2',
      "sizes_count 2",
      "ready 2",
      'version{version="unset",commit="unset"} 1',
      'health{service_id="plugin"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    const open = await diagnostics.collectMetrics({ accept: "application/openmetrics-text" });
    expect(open.contentType).toContain("application/openmetrics-text");
    expect(open.body).toContain("# TYPE calls counter\ncalls_total 2\n");
    expect(open.body.endsWith("# EOF\n")).toBe(true);
  });
});

it("does not start on several threads when it does not say that it keeps nothing between calls", async () => {
  await expect(transport.launch(onTwo("conformance"), createLaunch())).rejects.toMatchObject({
    code: "launch-failed",
    message:
      "Cannot run the plugin on 2 threads: it may keep something between calls that a later call needs, and that may come to another " +
      "thread; set `stateless: true` in its definePlugin() if it keeps nothing, or leave out `threads`",
  });
});
