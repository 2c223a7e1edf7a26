/** What a plugin fails with, as its caller sees it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance, ConformanceRequestSchema, MetadataSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";
import { chunksOf, rawCall } from "./support.ts";

export function testErrors(subject: Subject): void {
  describe("errors", () => {
    const wanted = {
      code: Code.OutOfRange,
      message: "too far: ünï\n100%",
      detail: [{ name: "limit", value: "7" }],
    };

    it.each(["unary", "serverStream", "clientStream", "bidiStream"] as const)(
      "arrive from %s with code, message, details and trailers",
      async (method) => {
        const request = { error: wanted, trailer: [{ name: "x-why", value: "because" }] };
        const error = await failure(async () => {
          if (method === "unary") await subject.client.unary(request);
          else if (method === "clientStream") await subject.client.clientStream(chunksOf(request));
          else if (method === "serverStream")
            for await (const _ of subject.client.serverStream({ ...request, count: 2 }));
          else for await (const _ of subject.client.bidiStream(chunksOf(request)));
        });
        expect(error.code).toBe(Code.OutOfRange);
        expect(error.rawMessage).toBe(wanted.message);
        expect(error.findDetails(MetadataSchema).map(({ name, value }) => [name, value])).toEqual([["limit", "7"]]);
        expect(error.metadata.get("x-why")).toBe("because");
      },
    );

    it("come after the messages that were streamed before them", async () => {
      const received: number[] = [];
      const error = await failure(async () => {
        for await (const { data } of subject.client.serverStream({ count: 3, sizeBytes: 1, error: wanted })) {
          received.push(data.length);
        }
      });
      expect(received).toEqual([1, 1, 1]);
      expect(error.code).toBe(Code.OutOfRange);
    });

    it.each([
      ["text", { message: "x".repeat(100_000) }],
      ["details", { message: "long", detail: [{ name: "long", value: "x".repeat(100_000) }] }],
    ])("keep their code whatever their %s, and leave the plugin as it was", async (_, error) => {
      const { code } = await failure(() => subject.client.unary({ error: { code: Code.NotFound, ...error } }));
      expect(code).toBe(Code.NotFound);
      expect((await subject.client.unary({})).received).toBe(1);
    });

    it("of any other kind are Unknown and keep their text", async () => {
      const error = await failure(() => subject.client.unary({ error: { message: "it broke", plain: true } }));
      expect([error.code, error.rawMessage]).toEqual([Code.Unknown, "it broke"]);
    });

    it.each([0, 42])(
      "of code %s, which is none, are Unknown and say which it was, and the instance goes on",
      async (code) => {
        const error = await failure(() => subject.client.unary({ error: { code, message: "it broke" } }));
        expect(error.code).toBe(Code.Unknown);
        expect(error.rawMessage).toMatch(new RegExp(`^it broke .*\\b${code}\\b`));
        expect((await subject.client.unary({})).received).toBe(1);
      },
    );

    it("with a detail that cannot be encoded arrive without it, and the instance goes on", async () => {
      const bad = { desc: ConformanceRequestSchema, value: { count: 1.5 } };
      await using server = await subject.instance.broker.serve((router) =>
        router.rpc(Conformance.method.unary, () => {
          throw new ConnectError("it broke", Code.NotFound, { "x-why": "because" }, [bad]);
        }),
      );
      const error = await failure(() => subject.client.callBack({ id: server.id, request: {} }));
      expect(error.code).toBe(Code.NotFound);
      expect(error.rawMessage).toMatch(/^it broke .*cannot encode/);
      expect(error.details).toEqual([]);
      expect((await subject.client.unary({})).received).toBe(1);
    });

    it("name what is not implemented", async () => {
      const error = await failure(() => subject.client.unimplemented({}));
      expect(error.code).toBe(Code.Unimplemented);
      expect(error.rawMessage).toContain("loopp.v1.Conformance.Unimplemented is not implemented");
      const stranger = await failure(() => rawCall(subject.instance.bytes, "/no.such.Service/Method", []));
      expect(stranger.code).toBe(Code.Unimplemented);
    });
  });
}
