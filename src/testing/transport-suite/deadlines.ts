/** Calls that are given up: because their time is over, or because their caller does not want them any more. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  Conformance,
  ConformanceRequestSchema,
  ConformanceResponseSchema,
} from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { failure } from "../failure.ts";
import type { Subject } from "./subject.ts";
import { endless, rawCall } from "./support.ts";

const day = 86_400_000;

export function testDeadlines(subject: Subject): void {
  const { launch, newId, seenUntil } = subject;

  describe("deadlines and cancellation", () => {
    it("arrive in the plugin", async () => {
      const response = await subject.client.unary({}, { timeoutMs: 30_000 });
      expect(response.timeoutMs).toBeGreaterThan(0);
      expect(response.timeoutMs).toBeLessThanOrEqual(30_000);
      expect((await subject.client.unary({})).timeoutMs).toBeUndefined();
    });

    it("accept a deadline that is no whole number of milliseconds", async () => {
      const response = await subject.client.unary({}, { timeoutMs: 12_345.678 });
      expect(response.timeoutMs).toBeGreaterThan(0);
    });

    it.each([
      ["Infinity", Number.POSITIVE_INFINITY],
      ["30 days, longer than a timer can wait,", 30 * day],
    ])("of %s is none, and the call takes its time", async (_, timeoutMs) => {
      const response = await subject.client.unary({ delayMs: 50, count: 1 }, { timeoutMs });
      expect([response.received, response.timeoutMs]).toEqual([1, undefined]);
      let received = 0;
      for await (const got of subject.client.serverStream({ delayMs: 50, count: 2 }, { timeoutMs })) {
        expect(got.timeoutMs).toBeUndefined();
        received++;
      }
      expect(received).toBe(2);
      const request = toBinary(ConformanceRequestSchema, create(ConformanceRequestSchema, { delayMs: 50, count: 1 }));
      const [output] = await rawCall(subject.instance.bytes, "/loopp.v1.Conformance/Unary", [request], { timeoutMs });
      expect(fromBinary(ConformanceResponseSchema, output ?? new Uint8Array()).timeoutMs).toBeUndefined();
    });

    it("of NaN are mistakes, and told", async () => {
      const timeoutMs = Number.NaN;
      const calls = [
        failure(() => subject.client.unary({}, { timeoutMs })),
        failure(async () => {
          for await (const _ of subject.client.serverStream({ count: 1 }, { timeoutMs }));
        }),
        failure(() => rawCall(subject.instance.bytes, "/loopp.v1.Conformance/Unary", [], { timeoutMs })),
        failure(() => subject.instance.broker.dial(1, { timeoutMs })),
      ];
      for (const { code, rawMessage } of await Promise.all(calls)) {
        expect([code, rawMessage]).toEqual([Code.InvalidArgument, expect.stringMatching(/^timeoutMs is NaN: /)]);
      }
    });

    it.each([0, -1])("of %s are none, as everywhere in Connect", async (timeoutMs) => {
      const response = await subject.client.unary({ delayMs: 20, count: 1 }, { timeoutMs });
      expect([response.received, response.timeoutMs]).toEqual([1, undefined]);
    });

    it("of an immense length for an end or a dial wait as long as it takes", async () => {
      const patient = await launch();
      const patientClient = createClient(Conformance, patient.transport);
      const dialling = patient.broker.dial(1, { timeoutMs: 30 * day });
      await patientClient.unary({ delayMs: 50, count: 1 });
      expect((await patientClient.offer({})).id).toBe(1);
      const brokered = createClient(Conformance, (await dialling).transport);
      expect((await brokered.unary({})).received).toBe(1);
      expect((await patient.stop({ graceMs: 30 * day })).reason).toBe("clean");
    });

    it.each(["unary", "serverStream", "bidiStream"] as const)(
      "end a %s that takes too long, on both sides",
      async (method) => {
        const id = newId();
        const error = await failure(async () => {
          const request = { id, hang: true, count: 1 };
          if (method === "unary") await subject.client.unary(request, { timeoutMs: 100 });
          else if (method === "serverStream")
            for await (const _ of subject.client.serverStream(request, { timeoutMs: 100 }));
          else for await (const _ of subject.client.bidiStream(endless(request), { timeoutMs: 100 }));
        });
        expect(error.code).toBe(Code.DeadlineExceeded);
        await seenUntil(id, (seen) => seen.abortedCode !== 0);
      },
    );

    it("cancel the plugin's work when the caller aborts", async () => {
      const id = newId();
      const controller = new AbortController();
      const pending = failure(() => subject.client.unary({ id, hang: true }, { signal: controller.signal }));
      await seenUntil(id, ({ started }) => started === 1);
      controller.abort();
      expect((await pending).code).toBe(Code.Canceled);
      await seenUntil(id, (seen) => seen.abortedCode !== 0);
    });

    it("cancel the plugin's work when the consumer breaks out of a stream", async () => {
      const id = newId();
      let read = 0;
      for await (const _ of subject.client.serverStream({ id, count: 1_000_000, sizeBytes: 100 }))
        if (++read === 3) break;
      const seen = await seenUntil(id, ({ abortedCode }) => abortedCode !== 0);
      expect(seen.finished).toBe(0);
      expect(seen.sent).toBeLessThan(1_000_000);
    });

    // A handler that acts at the end of its input must not act upon half of it.
    it.each([
      ["clientStream", "aborts"],
      ["clientStream", "fails to go on"],
      ["bidiStream", "aborts"],
      ["bidiStream", "fails to go on"],
      ["bidiStream", "breaks out"],
    ] as const)("never end the input of a %s as if it were whole when its caller %s", async (method, how) => {
      const id = newId();
      const controller = new AbortController();
      const { signal } = controller;
      async function* requests() {
        yield { id };
        yield { id };
        if (how === "breaks out") await new Promise(() => {});
        await seenUntil(id, ({ started }) => started === 1);
        if (how === "fails to go on") throw new Error("no more of it");
        controller.abort();
      }
      const call = async () => {
        if (method === "clientStream") await subject.client.clientStream(requests(), { signal });
        else for await (const _ of subject.client.bidiStream(requests(), { signal })) if (how === "breaks out") break;
      };
      if (how === "breaks out") await call();
      else {
        const { code, rawMessage } = await failure(call);
        expect(code).toBe(how === "aborts" ? Code.Canceled : Code.Unknown);
        if (how === "fails to go on") expect(rawMessage).toBe("no more of it");
      }
      const { finished } = await seenUntil(id, ({ ended }) => ended === 1);
      expect(finished).toBe(0);
    });

    it("cancel the plugin's work also for a reason whose code is not a status code, and the instance goes on", async () => {
      const id = newId();
      const controller = new AbortController();
      const pending = failure(() => subject.client.unary({ id, hang: true }, { signal: controller.signal }));
      await seenUntil(id, ({ started }) => started === 1);
      controller.abort(new ConnectError("enough", 42 as Code));
      expect((await pending).rawMessage).toMatch(/^enough/);
      await seenUntil(id, (seen) => seen.abortedCode !== 0);
    });

    it("refuse a call that was cancelled before it was made", async () => {
      const id = newId();
      const error = await failure(() => subject.client.unary({ id }, { signal: AbortSignal.abort() }));
      expect(error.code).toBe(Code.Canceled);
    });
  });
}
