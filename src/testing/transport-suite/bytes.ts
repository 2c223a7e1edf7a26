/** Calls whose schema is not known. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  Conformance,
  ConformanceRequestSchema,
  ConformanceResponseSchema,
  MetadataSchema,
} from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { noMetadata } from "../../../transports/calls/metadata.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";
import { byteCall, chunksOf, rawCall } from "./support.ts";

export function testBytes(subject: Subject): void {
  const { withInstance, newId, seenUntil } = subject;

  describe("bytes", () => {
    it("carry a call whose schema is not known", async () => {
      const request = toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, { data: Uint8Array.of(9) }));
      const [output] = await rawCall(subject.instance.bytes, "/loopp.v1.Conformance/Unary", [request]);
      expect([...fromBinary(ConformanceResponseSchema, output ?? new Uint8Array()).data]).toEqual([9]);
    });

    it.each(["that has not been read", "that is being read"])(
      "end a call whose output, one %s, is returned",
      async (how) => {
        const id = newId();
        const { signal } = new AbortController();
        const request = toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, { id, hang: true }));
        const { output, trailer } = subject.instance.bytes.stream(
          byteCall("/loopp.v1.Conformance/Unary", [request], { signal }),
        );
        const reader = output[Symbol.asyncIterator]();
        const waiting = how === "that has not been read" ? undefined : failure(() => reader.next());
        await seenUntil(id, ({ started }) => started === 1);
        expect(await reader.return?.()).toMatchObject({ done: true });
        await seenUntil(id, (seen) => seen.abortedCode !== 0);
        expect((await failure(() => trailer)).code).toBe(Code.Canceled);
        expect((await waiting)?.code).toBe(waiting && Code.Canceled);
      },
    );

    // What a peer of another version may send: its field 1 is a number, and ours a text.
    const otherVersion = Uint8Array.of(0x08, 0x7f, 0x12, 0x01, 0x09);

    it("with a field in another form than it is declared in are read without it, and nothing else is lost", async () => {
      const [output] = await rawCall(subject.instance.bytes, "/loopp.v1.Conformance/Unary", [otherVersion]);
      expect([...fromBinary(ConformanceResponseSchema, output ?? new Uint8Array()).data]).toEqual([9]);
      // The same in an answer, whose field 2 holds messages.
      const answer = Uint8Array.of(0x10, 0x7f, 0x0a, 0x01, 0x09);
      const none = Promise.resolve(noMetadata);
      await using served = await subject.instance.broker.serve({
        unary: async () => ({ header: noMetadata, trailer: noMetadata, message: answer }),
        stream: () => ({ header: none, trailer: none, output: chunksOf(answer) }),
      });
      const { response } = await subject.client.callBack({ id: served.id, request: {} });
      expect([...(response?.data ?? [])]).toEqual([9]);
    });

    it("that cannot be read are refused, with the hint that the versions may differ", async () => {
      const error = await failure(() =>
        rawCall(subject.instance.bytes, "/loopp.v1.Conformance/Unary", [Uint8Array.of(0x12, 0x05, 0x01)]),
      );
      expect(error.code).toBe(Code.InvalidArgument);
      expect(error.rawMessage).toMatch(
        /^cannot decode loopp.v1.ConformanceRequest: .* \(host and plugin may be of different versions\)$/,
      );
    });

    it("make a complete proxy: metadata, trailers, status, details and streams unchanged", async () => {
      await withInstance(async (_, other) => {
        // subject's connection served on another plugin's broker, dialled from that plugin's side and proxied back
        await using proxied = await other.broker.serve(subject.instance.bytes);
        const viaPlugin = createClient(Conformance, other.transport);
        const { response } = await viaPlugin.callBack({
          id: proxied.id,
          request: { data: Uint8Array.of(5), sizeBytes: 3 },
        });
        expect(response?.data.length).toBe(3);
        const error = await failure(() =>
          viaPlugin.callBack({
            id: proxied.id,
            request: { error: { code: Code.DataLoss, message: "lost", detail: [{ name: "a", value: "b" }] } },
          }),
        );
        expect([error.code, error.rawMessage]).toEqual([Code.DataLoss, "lost"]);
        expect(error.findDetails(MetadataSchema)[0]?.value).toBe("b");
      });
    });
  });
}
