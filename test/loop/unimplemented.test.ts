import { Code, createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { TriggerExecutable } from "../../proto/gen/capabilities/capabilities_pb.ts";
import { Keystore as KeystoreRpc } from "../../proto/gen/loop/keystore_pb.ts";
import { createKeystoreClient } from "../../src/loop/keystore/client.ts";
import { createAbsentConnection, unimplementedRoutes } from "../../src/loop/unimplemented.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("a service that is only there to be dialled, over $name", ({ create }) => {
  it("names the method that it refuses, even for streams", async () => {
    const keystore = createClient(
      KeystoreRpc,
      (await create().main(unimplementedRoutes(KeystoreRpc, "this host has no keys"))).transport,
    );
    await expect(keystore.accounts({})).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "loop.Keystore/Accounts is not implemented: this host has no keys",
    });
    const triggers = createClient(
      TriggerExecutable,
      (await create().main(unimplementedRoutes(TriggerExecutable, "there are none"))).transport,
    );
    const events = triggers.registerTrigger({})[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: "capabilities.TriggerExecutable/RegisterTrigger is not implemented: there are none",
    });
  });

  it("is also refused through a proxy when the other side offers nothing", async () => {
    const absent = createAbsentConnection("this host offers no Keystore");
    const { host, plugin } = create();
    const { id } = await plugin.serve(absent.bytes);
    const refusal = { code: Code.Unimplemented, rawMessage: expect.stringContaining("this host offers no Keystore") };
    await expect(createKeystoreClient(await host.dial(id)).accounts()).rejects.toMatchObject(refusal);
    await expect(createKeystoreClient(absent).accounts()).rejects.toMatchObject(refusal);
    const triggers = createClient(TriggerExecutable, absent.transport);
    const events = triggers.registerTrigger({})[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject(refusal);
  });
});
