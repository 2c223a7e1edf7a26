import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Service as ServiceRpc } from "../../proto/gen/loop/relayer_pb.ts";
import { createServiceClient } from "../../src/loop/service/client.ts";
import { serviceRoutes } from "../../src/loop/service/server.ts";
import type { Service } from "../../src/loop/types.ts";
import { createSampleService, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a service over $name", ({ create }) => {
  async function connect(service: Service) {
    const connection = await create().main(serviceRoutes(service));
    return { connection, client: createServiceClient(connection, "Host.Client") };
  }

  it("is ready, or says why not", async () => {
    let ready = false;
    const { client } = await connect({
      ...createSampleService("Plugin"),
      async ready() {
        if (!ready) throw new Error("no connection to the chain yet");
      },
    });
    await expect(client.ready()).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "no connection to the chain yet",
    });
    ready = true;
    await client.ready();
  });

  it("reports the health of its components under the client's name, and that of the connection", async () => {
    const { client } = await connect({
      ...createSampleService("Plugin"),
      healthReport: async () =>
        new Map([
          ["Plugin", ""],
          ["Plugin.Poller", "timed out"],
        ]),
    });
    expect(await client.healthReport()).toEqual(
      new Map([
        ["Host.Client", ""],
        ["Host.Client.Plugin", ""],
        ["Host.Client.Plugin.Poller", "timed out"],
      ]),
    );
  });

  it("is unhealthy when it does not answer", async () => {
    const { client } = await connect({
      ...createSampleService("Plugin"),
      healthReport: async () => Promise.reject(new Error("out of order")),
    });
    expect(await client.healthReport()).toEqual(new Map([["Host.Client", "out of order"]]));
  });

  it("has a name on each side", async () => {
    const { connection, client } = await connect(createSampleService("Plugin.Poller"));
    expect(client.name()).toBe("Host.Client");
    expect(await createClient(ServiceRpc, connection.transport).name({})).toMatchObject({ name: "Plugin.Poller" });
  });

  it("is closed once, even when it is closed several times", async () => {
    const calls: Recorded[] = [];
    const { client } = await connect(recording(createSampleService("Plugin"), calls));
    await client.close();
    await client.close();
    expect(calls.map(({ method }) => method)).toEqual(["close"]);
  });

  it("reports why it could not be closed", async () => {
    const { client } = await connect({
      ...createSampleService("Plugin"),
      close: async () => Promise.reject(new Error("a transaction is under way")),
    });
    await expect(client.close()).rejects.toThrow("a transaction is under way");
  });

  it("never answers Unavailable by itself", async () => {
    const { client } = await connect({
      ...createSampleService("Plugin"),
      ready: async () => Promise.reject(new ConnectError("the chain is down", Code.Unavailable)),
    });
    await expect(client.ready()).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "[unavailable] the chain is down",
    });
  });

  it("gets the caller's deadline and ends with it", async () => {
    const seen = Promise.withResolvers<unknown>();
    const aborted = Promise.withResolvers<void>();
    const { client } = await connect({
      ...createSampleService("Plugin"),
      async ready(options) {
        seen.resolve(options?.timeoutMs);
        options?.signal?.addEventListener("abort", () => aborted.resolve());
        await new Promise(() => {});
      },
    });
    await expect(client.ready({ timeoutMs: 500 })).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    expect(await seen.promise).toBeGreaterThan(0);
    expect(await seen.promise).toBeLessThanOrEqual(500);
    await aborted.promise;
  });

  it("is cancelled when the caller gives up", async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const { client } = await connect({
      ...createSampleService("Plugin"),
      async healthReport() {
        return new Map();
      },
      async ready(options) {
        options?.signal?.addEventListener("abort", () => aborted.resolve());
        started.resolve();
        await new Promise(() => {});
      },
    });
    const caller = new AbortController();
    const ready = client.ready({ signal: caller.signal });
    ready.catch(() => {});
    await started.promise;
    caller.abort();
    await expect(ready).rejects.toMatchObject({ code: Code.Canceled });
    await aborted.promise;
  });
});

it("counts as closed when its plugin has ended", async () => {
  const { main } = pairs[1]!.create();
  const connection = await main(serviceRoutes(createSampleService("Plugin")));
  const client = createServiceClient(
    {
      transport: {
        ...connection.transport,
        unary: () => Promise.reject(new ConnectError("plugin ended", Code.Unavailable)),
      },
    },
    "Host.Client",
  );
  await client.close();
  expect(await client.healthReport()).toEqual(new Map([["Host.Client", "plugin ended"]]));
});
