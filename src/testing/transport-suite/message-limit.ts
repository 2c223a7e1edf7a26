/** Messages that are longer than the host allows. */
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ConformanceRequestSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";
import { megabyte, rawCall } from "./support.ts";

export function testMessageLimit(subject: Subject): void {
  const { withInstance } = subject;
  const { boundary } = subject.capabilities;

  describe("message limit", () => {
    it.skipIf(boundary === "none")("refuses longer messages in both directions with a clear error", async () => {
      await withInstance(
        async (limited) => {
          const tooMuch = await failure(() => limited.unary({ data: new Uint8Array(2 * megabyte) }));
          expect(tooMuch.code).toBe(Code.ResourceExhausted);
          expect(tooMuch.rawMessage).toMatch(/of \d+ bytes is longer than the limit of 1048576 bytes/);
          const answer = await failure(() => limited.unary({ sizeBytes: 2 * megabyte }));
          expect(answer.code).toBe(Code.ResourceExhausted);
          expect((await limited.unary({ sizeBytes: 1000 })).data.length).toBe(1000);
        },
        { maxMessageBytes: megabyte },
      );
    });

    it("holds for calls of which only the bytes are known, and the instance goes on", async () => {
      await withInstance(
        async (limited, { bytes, broker }) => {
          const path = "/loopp.v1.Conformance/Unary";
          const long = create(ConformanceRequestSchema, { data: new Uint8Array(2 * megabyte) });
          const request = toBinary(ConformanceRequestSchema, long);
          expect((await failure(() => rawCall(bytes, path, [request]))).code).toBe(Code.ResourceExhausted);
          // A proxy for what has another limit.
          await using proxied = await broker.serve(subject.instance.bytes);
          const wanted = { id: proxied.id, request: { sizeBytes: 2 * megabyte, count: 1 } };
          expect((await failure(() => limited.callBack(wanted))).code).toBe(Code.ResourceExhausted);
          expect((await limited.unary({})).received).toBe(1);
        },
        { maxMessageBytes: megabyte },
      );
    });
  });
}
