import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { dialObject, ownObject, serveObject } from "../../src/loop/brokered.ts";
import { createObjectScope, endObjectScope } from "../../src/loop/object-scope.ts";
import { serviceRoutes } from "../../src/loop/service/server.ts";
import { createSampleService, type Recorded, recording } from "./samples.ts";
import { createBytesPair } from "./support.ts";

const maker = () => createObjectScope({ close: async () => {} });

describe("dialling", () => {
  it("waits for an object that is offered a little later", async () => {
    const { host, plugin, open } = createBytesPair();
    const dialled = dialObject(host, "Relayer", 1);
    await plugin.serve(serviceRoutes(createSampleService("A")));
    await dialled;
    expect(open()).toEqual(["host dialled 1 (1)", "plugin serves 1"]);
  });

  it("refuses the id 0 at once, because it means that nothing is offered", async () => {
    const { host } = createBytesPair();
    await expect(dialObject(host, "Keystore", 0)).rejects.toThrow(
      "failed to dial Keystore client connection 0: the other side offers no Keystore",
    );
  });

  it("ends with the caller's deadline and names what it dialled", async () => {
    const { host } = createBytesPair();
    const dialled = dialObject(host, "Keystore", 7, { timeoutMs: 5 });
    await expect(dialled).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    await expect(dialled).rejects.toThrow("failed to dial Keystore client connection 7: ");
  });

  it("ends with the caller's signal and closes a connection that opens after that", async () => {
    const { host, plugin, open } = createBytesPair();
    const caller = new AbortController();
    const dialled = dialObject(host, "Keystore", 1, { signal: caller.signal });
    caller.abort(new ConnectError("given up", Code.Canceled));
    await expect(dialled).rejects.toThrow("given up");
    await plugin.serve(serviceRoutes(createSampleService("A")));
    await new Promise(setImmediate);
    expect(open()).toEqual(["plugin serves 1"]);
  });
});

describe("serving what was made for a caller", () => {
  it("closes the object again when the caller has given up meanwhile", async () => {
    const { plugin, open } = createBytesPair();
    const calls: Recorded[] = [];
    const service = recording(createSampleService("A"), calls);
    const served = serveObject(plugin, maker(), service, serviceRoutes, {
      signal: AbortSignal.abort(new ConnectError("given up", Code.Canceled)),
    });
    await expect(served).rejects.toThrow("given up");
    expect(calls.map(({ method }) => method)).toEqual(["close"]);
    expect(open()).toEqual([]);
  });

  it("closes the object again when its maker has been closed meanwhile", async () => {
    const { plugin, open } = createBytesPair();
    const calls: Recorded[] = [];
    const service = recording(createSampleService("A"), calls);

    const closed = maker();
    await endObjectScope(closed);
    await expect(serveObject(plugin, closed, service, serviceRoutes, {})).rejects.toThrow("has been closed");
    expect(calls.map(({ method }) => method)).toEqual(["close"]);

    const closing = maker();
    const served = serveObject(plugin, closing, service, serviceRoutes, {});
    await endObjectScope(closing);
    await expect(served).rejects.toThrow("it was closed before it was served");
    expect(calls.map(({ method }) => method)).toEqual(["close", "close"]);
    expect(open()).toEqual([]);
  });

  it("frees the connections that an object uses together with the object", async () => {
    const { host, plugin, open } = createBytesPair();
    const { id } = await host.serve(serviceRoutes(createSampleService("used")));
    const uses = new AsyncDisposableStack();
    uses.use(await plugin.dial(id));
    const parent = maker();
    await serveObject(plugin, parent, createSampleService("A"), serviceRoutes, {}, uses);
    expect(open()).toEqual(["host serves 1", "plugin dialled 1 (1)", "plugin serves 1"]);
    await endObjectScope(parent);
    expect(open()).toEqual(["host serves 1"]);
  });
});

it("closes a client whose maker was closed while the client was being made", async () => {
  const calls: Recorded[] = [];
  let freed = 0;
  const held: AsyncDisposable = {
    async [Symbol.asyncDispose]() {
      freed += 1;
    },
  };
  const closed = maker();
  await endObjectScope(closed);
  const owned = ownObject(recording(createSampleService("A"), calls), closed, held);
  await expect(owned).rejects.toThrow("has been closed");
  expect(calls.map(({ method }) => method)).toEqual(["close"]);
  expect(freed).toBe(1);
});
