/** What a real plugin logs, as it arrives in our host's log: the conformance plugin writes one line, or ends, a second after its start. */
import { expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { PeerName } from "../peers.ts";
import { describePeer } from "../support.ts";
import { generations, startConformancePlugin } from "./support.ts";

const handshake = {
  cookieKey: "CL_PLUGIN_LOGGER_TEST_MAGIC_COOKIE",
  cookieValue: "272d1867cdc8042f9405d7c1da3762ec",
  protocolVersions: [0],
};

async function startLogger(name: PeerName, errorType: number) {
  const args = ["-throw-error-type", String(errorType)];
  return startConformancePlugin(name, "logger-test", { handshake, args });
}

for (const generation of generations) describePeer(generation, "log lines in our host", logChecks);

function logChecks(name: PeerName): void {
  it("every line keeps its level, its text and its fields", async () => {
    const lines = [
      { type: 2, zap: "critical", text: "some critical error log", level: "error" },
      { type: 3, zap: "error", text: "some error log", level: "error" },
      { type: 4, zap: "info", text: "some info log", level: "info" },
      { type: 5, zap: "warn", text: "some warn log", level: "warn" },
      { type: 6, zap: "debug", text: "some debug log", level: "debug" },
    ];
    const logs = await Promise.all(lines.map(async ({ type }) => (await startLogger(name, type)).log));
    for (const [index, { zap, text, level }] of lines.entries()) {
      const find = () => logs[index]?.find(({ message }) => message.includes(text));
      expect(await until(`the log has "${text}"`, find)).toMatchObject({
        level,
        fields: { [`custom-name-${zap}`]: `custom-value-${zap}` },
      });
    }
  });

  it("the last words of a panic and of a fatal line stand in the log and in the exit", async () => {
    const ends = [
      { type: 0, text: "random panic" },
      { type: 1, text: "some panic log" },
    ];
    const started = await Promise.all(ends.map(({ type }) => startLogger(name, type)));
    for (const [index, { plugin, log }] of started.entries()) {
      const text = ends[index]?.text ?? "";
      await until("the plugin has ended", () => plugin.status.lastExit !== undefined);
      expect(plugin.status.lastExit?.reason).toBe("crashed");
      expect(log.some(({ message }) => message.includes(text))).toBe(true);
      expect(plugin.status.lastExit?.lastStderr.join("\n")).toContain(text);
    }
  });
}
