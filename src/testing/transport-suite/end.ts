/** How an instance ends, and what becomes of its calls. */
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Conformance, DieRequest_How } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { findExit } from "../../../transports/calls/errors.ts";
import type { LogEntry } from "../../../transports/plugin.ts";
import { sleep } from "../../../transports/time/sleep.ts";
import { failure } from "../failure.ts";
import { until } from "../until.ts";
import type { Subject } from "./subject.ts";
import { endless } from "./support.ts";

export function testEnd(subject: Subject): void {
  const { launch } = subject;
  const { boundary, preemptible } = subject.capabilities;

  describe("the end", () => {
    it("is graceful when the host stops the plugin, and calls after it fail at once", async () => {
      const stopped = await launch();
      const stoppedClient = createClient(Conformance, stopped.transport);
      await stoppedClient.unary({});
      const exit = await stopped.stop({ graceMs: 5000 });
      expect(exit.reason).toBe("clean");
      expect(await stopped.exited).toBe(exit);
      const error = await failure(() => stoppedClient.unary({}));
      expect(error.code).toBe(Code.Unavailable);
      expect(findExit(error)).toMatchObject({ plugin: "subject", generation: 1, reason: "clean" });
      expect((await failure(() => stopped.broker.dial(1))).code).toBe(Code.Unavailable);
    });

    it("waits for the plugin's last work as long as the host's grace lasts", async () => {
      const lines: LogEntry[] = [];
      const busy = await launch("conformance", {
        config: { disposeMs: 2500 },
        onLog: (entry) => lines.push(entry),
      });
      const exit = await busy.stop({ graceMs: 60_000 });
      expect(exit.reason).toBe("clean");
      expect(lines.map(({ message }) => message)).toContain("conformance plugin has ended");
    });

    it("cuts off every call in flight with Unavailable and the exit when the plugin is killed", async () => {
      const doomed = await launch();
      const doomedClient = createClient(Conformance, doomed.transport);
      const calls = [
        failure(() => doomedClient.unary({ id: "u", hang: true })),
        failure(async () => {
          for await (const _ of doomedClient.serverStream({ id: "s", hang: true, count: 1 }));
        }),
        failure(async () => {
          for await (const _ of doomedClient.bidiStream(endless({ id: "b", hang: true })));
        }),
        failure(() => doomedClient.clientStream(endless({ id: "c" }))),
      ];
      await until("the plugin has begun every call", async () => {
        const seen = await Promise.all(["u", "s", "b", "c"].map((id) => doomedClient.seen({ id })));
        return seen.every(({ started }) => started === 1);
      });
      doomed.kill();
      for (const error of await Promise.all(calls)) {
        expect(error.code).toBe(Code.Unavailable);
        expect(findExit(error)).toMatchObject({ plugin: "subject", reason: "killed" });
      }
      expect((await doomed.exited).reason).toBe("killed");
    });

    it("is said by the instance itself, with the reason that its calls have", async () => {
      const doomed = await launch();
      expect(doomed.ended.aborted).toBe(false);
      doomed.kill();
      await doomed.exited;
      expect(doomed.ended.aborted).toBe(true);
      expect(findExit(doomed.ended.reason)).toMatchObject({ plugin: "subject", generation: 1, reason: "killed" });
    });

    it.skipIf(boundary === "none").each([
      ["exits", DieRequest_How.EXIT],
      ["throws outside a call", DieRequest_How.THROW],
      ["rejects unheard", DieRequest_How.REJECT],
    ] as const)("is a crash when the plugin %s", async (_, how) => {
      const doomed = await launch();
      const error = await failure(() => createClient(Conformance, doomed.transport).die({ how, code: 7 }));
      expect(error.code).toBe(Code.Unavailable);
      expect(findExit(error)).toMatchObject({ reason: "crashed" });
      const exit = await doomed.exited;
      expect(exit.reason).toBe("crashed");
      if (how === DieRequest_How.EXIT) expect(exit.code).toBe(7);
      else expect(`${exit.message ?? ""} ${exit.lastStderr.join("\n")}`).toMatch(/on purpose/);
    });

    it.skipIf(boundary === "none")("is no crash when the plugin exits without an error", async () => {
      const doomed = await launch();
      const error = await failure(() =>
        createClient(Conformance, doomed.transport).die({ how: DieRequest_How.EXIT, code: 0 }),
      );
      expect(error.rawMessage).toBe('plugin "subject" ended: exited (exit code 0)');
      expect(await doomed.exited).toMatchObject({ reason: "exited", code: 0 });
    });

    it.skipIf(!preemptible)("comes also to a plugin that blocks its event loop", async () => {
      const stuck = await launch();
      const pending = failure(() => createClient(Conformance, stuck.transport).die({ how: DieRequest_How.BLOCK }));
      await sleep(100);
      const exit = await stuck.stop({ graceMs: 200 });
      expect(exit.reason).toBe("killed");
      expect((await pending).code).toBe(Code.Unavailable);
    });
  });
}
