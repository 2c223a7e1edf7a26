/** Further connections, served by either side. */
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { conformanceRoutes } from "../conformance/conformance.plugin.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";

export function testBroker(subject: Subject): void {
  describe("broker", () => {
    it("lets the plugin call what the host serves", async () => {
      await using server = await subject.instance.broker.serve(conformanceRoutes({}));
      const { response } = await subject.client.callBack({ id: server.id, request: { data: Uint8Array.of(4, 2) } });
      expect([...(response?.data ?? [])]).toEqual([4, 2]);
    });

    it("lets the host call what the plugin serves, more than once", async () => {
      const { id } = await subject.client.offer({});
      for (let round = 0; round < 2; round++) {
        await using connection = await subject.instance.broker.dial(id);
        const brokered = createClient(Conformance, connection.transport);
        expect((await brokered.unary({ data: Uint8Array.of(round) })).data[0]).toBe(round);
        let count = 0;
        for await (const _ of brokered.serverStream({ count: 5 })) count++;
        expect(count).toBe(5);
      }
    });

    it("carries streams, errors and metadata like the main connection", async () => {
      const { id } = await subject.client.offer({});
      await using connection = await subject.instance.broker.dial(id);
      const brokered = createClient(Conformance, connection.transport);
      const error = await failure(() => brokered.unary({ error: { code: Code.Aborted, message: "stop" } }));
      expect([error.code, error.rawMessage]).toEqual([Code.Aborted, "stop"]);
    });

    it("gives up on an id that is not served", async () => {
      const error = await failure(() => subject.instance.broker.dial(4_000_000, { timeoutMs: 50 }));
      expect(error.code).toBe(Code.Unavailable);
      expect(error.rawMessage).toContain("timeout waiting for connection info");
    });

    it("ends calls on a connection that is closed or no longer served", async () => {
      const called = Promise.withResolvers<unknown>();
      const server = await subject.instance.broker.serve(conformanceRoutes({ onCall: called.resolve }));
      const pending = failure(() => subject.client.callBack({ id: server.id, request: { hang: true } }));
      await called.promise;
      await server[Symbol.asyncDispose]();
      expect((await pending).code).toBe(Code.Unavailable);
      expect((await failure(() => subject.client.callBack({ id: server.id, request: {} }))).code).toBe(
        Code.Unavailable,
      );

      const { id } = await subject.client.offer({});
      const connection = await subject.instance.broker.dial(id);
      const held = failure(() => createClient(Conformance, connection.transport).unary({ hang: true }));
      await connection[Symbol.asyncDispose]();
      expect((await held).code).toBe(Code.Canceled);
    });

    it("opens and closes a hundred connections without keeping them", async () => {
      for (let round = 0; round < 100; round++) {
        await using server = await subject.instance.broker.serve(conformanceRoutes({}));
        await subject.client.callBack({ id: server.id, request: { count: 1 } });
      }
    });
  });
}
