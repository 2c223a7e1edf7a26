/** What every plugin has without doing anything: health, metrics, a description, logs, config. */
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Health, HealthCheckResponse_ServingStatus } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { Diagnostics } from "../../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import type { LogEntry } from "../../../transports/plugin.ts";
import { failure } from "../failure.ts";
import { until } from "../until.ts";
import type { Subject } from "./subject.ts";

export function testDiagnostics(subject: Subject): void {
  const { withInstance } = subject;
  const { boundary, capturesConsole } = subject.capabilities;

  describe("what every plugin has", () => {
    it("answers the health service", async () => {
      const health = createClient(Health, subject.instance.transport);
      expect((await health.check({ service: "plugin" })).status).toBe(HealthCheckResponse_ServingStatus.SERVING);
      expect((await failure(() => health.check({ service: "other" }))).code).toBe(Code.NotFound);
    });

    it("gives its metrics in both formats", async () => {
      await subject.client.unary({});
      const diagnostics = createClient(Diagnostics, subject.instance.transport);
      const classic = await diagnostics.collectMetrics({});
      expect(classic.contentType).toContain("text/plain");
      expect(classic.body).toMatch(/^conformance_calls_total\{method="Unary"\} \d+$/m);
      expect(classic.body.includes("process_resident_memory_bytes")).toBe(boundary === "process");
      const open = await diagnostics.collectMetrics({ accept: "application/openmetrics-text; version=1.0.0" });
      expect(open.contentType).toContain("application/openmetrics-text");
      expect(open.body.trimEnd().endsWith("# EOF")).toBe(true);
    });

    it("says what it is and where it runs", async () => {
      const description = await createClient(Diagnostics, subject.instance.transport).describe({});
      expect(description.services).toEqual(["loopp.v1.Conformance"]);
      expect(description.protocolVersion).toBe(1);
      expect(description.pid === process.pid).toBe(boundary !== "process");
      expect(subject.instance.facts.pid !== undefined).toBe(boundary === "process");
      expect(subject.instance.facts.threadId !== undefined).toBe(boundary === "thread");
    });

    it("logs to the host, structured", async () => {
      const lines: LogEntry[] = [];
      await withInstance(
        async (talkative) => {
          await talkative.print({ text: "hello" });
          const wanted = capturesConsole
            ? ["log hello", "console hello", "console-error hello", "stdout hello", "stderr hello"]
            : ["log hello"];
          await until("all lines have come", () =>
            wanted.every((text) => lines.some(({ message }) => message === text)),
          );
          const line = lines.find(({ message }) => message === "log hello");
          expect(line).toMatchObject({ level: "warn", source: "log", fields: { text: "hello", answer: 42 } });
          expect(line?.caller).toMatch(/^(conformance\/conformance\.plugin\.[jt]s|[^/]+\/conformance(\.mjs)?):\d+$/);
          expect(Math.abs((line?.time ?? 0) - Date.now())).toBeLessThan(60_000);
          expect(lines.find(({ message }) => message === "conformance plugin is up")?.fields).toMatchObject({
            greeting: "hi",
          });
          if (capturesConsole) {
            expect(lines.find(({ message }) => message === "console-error hello")?.level).toBe("error");
          }
        },
        { config: { greeting: "hi" }, onLog: (entry) => lines.push(entry) },
      );
    });
  });

  it.skipIf(boundary === "none")("a plugin's config is what JSON makes of the host's", async () => {
    const lines: LogEntry[] = [];
    const greeting = { toJSON: () => "from JSON", never: () => {} };
    await withInstance(
      async () => {
        await until("the plugin has told its config", () =>
          lines.some(({ fields }) => fields.greeting === "from JSON"),
        );
      },
      { config: { greeting, onEvent: () => {} }, onLog: (entry) => lines.push(entry) },
    );
  });
}
