/** Launches that bring no instance. */
import { describe, expect, it } from "vitest";
import { defaultHandshake } from "../../../transports/plugin.ts";
import { LaunchError } from "../../../transports/transport.ts";
import { things } from "../conformance/thrown.ts";
import type { Subject } from "./subject.ts";

export function testFailedLaunch(subject: Subject): void {
  const { launch } = subject;
  const { boundary } = subject.capabilities;

  describe("a plugin that does not start", () => {
    it.each([
      ["throws in setup", "setup-throws", /no database/],
      ["is not there", "missing", /missing/],
      ["is not a plugin", "not-a", /not made by definePlugin/],
    ] as const)("fails its launch with the reason when it %s", async (_, plugin, text) => {
      const error = await launch(plugin).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect((error as LaunchError).code).toBe("launch-failed");
      expect(`${(error as LaunchError).message} ${(error as LaunchError).lastStderr.join("\n")}`).toMatch(text);
    });

    it.each(["an error that throws when it is looked at", "an error whose message is an object", "an immense text"])(
      "fails its launch with a reason of bounded length whatever it throws in setup: %s",
      async (thrown) => {
        const error = await launch("conformance", { config: { thrown } }).catch((failed: unknown) => failed);
        expect(error).toBeInstanceOf(LaunchError);
        const { message, lastStderr } = error as LaunchError;
        expect(Math.max(...[message, ...lastStderr].map(({ length }) => length))).toBeLessThan(10_000);
        const { text = "" } = things[thrown] ?? {};
        const beginning = typeof text === "string" ? text : "hhhh";
        expect([message, ...lastStderr].some((line) => line.includes(beginning))).toBe(true);
      },
    );

    it("fails its launch when host and plugin mean different plugins", async () => {
      const error = await launch("conformance", {
        handshake: { cookieKey: "OTHER", cookieValue: "x", protocolVersions: [1] },
      }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect((error as LaunchError).code).toBe("handshake-failed");
    });

    it("fails its launch when they share no protocol version", async () => {
      const error = await launch("conformance", {
        handshake: { ...defaultHandshake, protocolVersions: [2, 3] },
      }).catch((thrown: unknown) => thrown);
      expect((error as LaunchError).code).toBe("handshake-failed");
      expect((error as LaunchError).message).toContain("version");
    });

    it.skipIf(boundary === "none")("fails its launch when its config is not JSON", async () => {
      const circle: { inner?: unknown } = {};
      circle.inner = circle;
      const error = await launch("conformance", { config: circle }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect((error as LaunchError).code).toBe("launch-failed");
      expect((error as LaunchError).message).toContain("config");
    });

    it("ends its launch when the host no longer wants it", async () => {
      const error = await launch("setup-hangs", { signal: AbortSignal.timeout(300) }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(LaunchError);
    });
  });
}
