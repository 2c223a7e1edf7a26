/** What a plugin fails with, as its caller sees it. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance, ConformanceRequestSchema, MetadataSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import type { Carrier } from "../../../transports/connection.ts";
import { conformanceRoutes } from "../conformance/conformance.plugin.ts";
import { things } from "../conformance/thrown.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";
import { chunksOf, rawCall } from "./support.ts";

const methods = ["unary", "serverStream", "clientStream", "bidiStream"] as const;

function expectThing(name: string, { text, code = Code.Unknown }: (typeof things)[string], error: ConnectError): void {
  const wanted = typeof text === "string" ? text : expect.stringMatching(text);
  expect([name, error.code, error.rawMessage]).toEqual([name, code, wanted]);
}

export function testErrors(subject: Subject): void {
  describe("errors", () => {
    const wanted = {
      code: Code.OutOfRange,
      message: "too far: ünï\n100%",
      detail: [{ name: "limit", value: "7" }],
    };

    async function call(
      method: (typeof methods)[number],
      request: MessageInitShape<typeof ConformanceRequestSchema>,
      options: CallOptions = {},
    ): Promise<void> {
      if (method === "unary") await subject.client.unary(request, options);
      else if (method === "clientStream") await subject.client.clientStream(chunksOf(request), options);
      else if (method === "serverStream") for await (const _ of subject.client.serverStream(request, options));
      else for await (const _ of subject.client.bidiStream(chunksOf(request), options));
    }

    it.each(methods)("arrive from %s with code, message, details and trailers", async (method) => {
      const request = { error: wanted, trailer: [{ name: "x-why", value: "because" }] };
      const error = await failure(() => call(method, { ...request, count: 2 }));
      expect(error.code).toBe(Code.OutOfRange);
      expect(error.rawMessage).toBe(wanted.message);
      expect(error.findDetails(MetadataSchema).map(({ name, value }) => [name, value])).toEqual([["limit", "7"]]);
      expect(error.metadata.get("x-why")).toBe("because");
    });

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

    it.each(methods)("of whatever a %s throws tell its content, and end no other call", async (method) => {
      const id = subject.newId();
      const caller = new AbortController();
      const other = failure(() => subject.client.unary({ id, hang: true }, { signal: caller.signal }));
      await subject.seenUntil(id, ({ started }) => started === 1);
      for (const [name, thing] of Object.entries(things)) {
        expectThing(name, thing, await failure(() => call(method, { error: { thrown: name } })));
      }
      expect(subject.instance.ended.aborted).toBe(false);
      caller.abort();
      expect((await other).code).toBe(Code.Canceled);
    });

    it("of whatever is thrown by routes that the broker serves, their interceptors or bytes tell its content", async () => {
      let thrown: unknown;
      const raise = () => {
        throw thrown;
      };
      const rejecting = (): ReturnType<Carrier<Uint8Array>["stream"]> => {
        const never = Promise.reject(thrown);
        never.catch(() => {});
        return { header: never, trailer: never, output: { [Symbol.asyncIterator]: () => ({ next: () => never }) } };
      };
      const { broker } = subject.instance;
      await using routes = await broker.serve(conformanceRoutes({}));
      await using intercepted = await broker.serve((router) =>
        router.service(Conformance, {}, { interceptors: [() => raise] }),
      );
      await using throwing = await broker.serve({ unary: raise, stream: raise });
      await using failing = await broker.serve({ unary: () => Promise.reject(thrown), stream: rejecting });
      // A promise that rejects must be thrown as soon as it is made, by a handler as in the test above.
      const { "a promise that rejects": _, ...lasting } = things;
      for (const [name, thing] of Object.entries(lasting)) {
        for (const { id } of [routes, intercepted, throwing, failing]) {
          thrown = thing.make();
          expectThing(
            name,
            thing,
            await failure(() => subject.client.callBack({ id, request: { error: { thrown: name } } })),
          );
        }
      }
      expect((await subject.client.unary({})).received).toBe(1);
    });

    it.each(["unary", "serverStream"] as const)(
      "of a %s that is given up say so for whatever reason",
      async (method) => {
        for (const { make, code = Code.Canceled } of Object.values(things)) {
          const id = subject.newId();
          const caller = new AbortController();
          const pending = failure(() => call(method, { id, hang: true, count: 1 }, { signal: caller.signal }));
          await subject.seenUntil(id, ({ started }) => started === 1);
          caller.abort(make());
          const error = await pending;
          expect([typeof error.rawMessage, [code, Code.Unknown]]).toEqual([
            "string",
            expect.arrayContaining([error.code]),
          ]);
          await subject.seenUntil(id, ({ abortedCode }) => abortedCode !== 0);
        }
      },
    );

    it.skipIf(subject.sharesMessages)(
      "of messages that cannot be encoded are Internal, in either direction",
      async () => {
        const refusal = (type: string) => ({
          code: Code.Internal,
          rawMessage: expect.stringMatching(new RegExp(`^cannot encode loopp\\.v1\\.${type}: `)),
        });
        for (const method of methods) {
          expect(await failure(() => call(method, { sizeBytes: 1.5 }))).toMatchObject(refusal("ConformanceRequest"));
        }
        await using server = await subject.instance.broker.serve((router) =>
          router.rpc(Conformance.method.unary, () => ({ received: 1.5 })),
        );
        const answered = failure(() => subject.client.callBack({ id: server.id, request: {} }));
        expect(await answered).toMatchObject(refusal("ConformanceResponse"));
        expect((await subject.client.unary({})).received).toBe(1);
      },
    );

    it.skipIf(subject.sharesMessages)(
      "are no answer to half a character: it arrives as U+FFFD, as in UTF-8",
      async () => {
        const texts: string[] = [];
        await using server = await subject.instance.broker.serve((router) =>
          router.rpc(Conformance.method.unary, ({ id, header }) => {
            texts.push(id, ...header.map(({ value }) => value));
            return {};
          }),
        );
        const request = { id: "price \ud83d", header: [{ name: "x", value: "\udcc8 up" }] };
        await subject.client.callBack({ id: server.id, request });
        expect(texts).toEqual(["price \ufffd", "\ufffd up"]);
      },
    );

    it("name what is not implemented", async () => {
      const error = await failure(() => subject.client.unimplemented({}));
      expect(error.code).toBe(Code.Unimplemented);
      expect(error.rawMessage).toContain("loopp.v1.Conformance.Unimplemented is not implemented");
      const stranger = await failure(() => rawCall(subject.instance.bytes, "/no.such.Service/Method", []));
      expect(stranger.code).toBe(Code.Unimplemented);
    });
  });
}
