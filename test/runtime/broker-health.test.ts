/** Sockets that others have tidied away: a plugin that cannot be given further connections is not well, and does not stay. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, type StateChange } from "../../src/index.ts";
import { until } from "../../src/testing/until.ts";

function directoryOf(pid: number | undefined): string {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return variables.find((text) => text.startsWith("PLUGIN_UNIX_SOCKET_DIR="))?.split("=")[1] ?? "";
}

it("a plugin is degraded while no connection can be made to it, and replaced when its directory has gone", async () => {
  const changes: StateChange[] = [];
  await using runtime = await createRuntime({
    plugins: {
      subject: {
        module: new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url),
        transport: "process",
        restart: { initialDelayMs: 1 },
        health: { intervalMs: 50, timeoutMs: 10_000 },
      },
    },
    onState: (change) => changes.push(change),
    onLog: () => {},
  });
  const plugin = runtime.plugin("subject");
  const directory = directoryOf(plugin.status.pid);
  renameSync(directory, `${directory}.away`);
  writeFileSync(directory, "");
  await until("the plugin is degraded", () => plugin.status.state === "degraded");
  // Of the host or, where the check was under way, of the plugin.
  expect(changes.at(-1)?.message).toMatch(/^cannot serve brokered connections: |^the plugin reports health status 2$/);
  rmSync(directory);
  renameSync(`${directory}.away`, directory);
  await until("the plugin is ready again", () => plugin.status.state === "ready");
  expect(plugin.status.generation).toBe(1);

  rmSync(directory, { recursive: true });
  await until("another instance is ready", () => plugin.status.state === "ready" && plugin.status.generation === 2);
  expect(plugin.status.lastExit).toMatchObject({
    reason: "protocol-error",
    message: expect.stringContaining(`${directory} was removed: cannot serve brokered connections: `),
  });
  expect((await plugin.client(Conformance).offer({})).id).toBe(1);
});
