/** What a plugin's process has of its host's environment. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import type { RuntimeName } from "../../../src/values/platform.ts";
import { check } from "../../../transports/options/check.ts";
import type { LogEntry } from "../../../transports/plugin.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import { createLaunch, pluginUrl } from "../support.ts";

const folder = mkdtempSync(join(tmpdir(), "inherited-"));
writeFileSync(join(folder, ".env"), "OF_THE_FOLDER=secret\n");
afterAll(() => rmSync(folder, { recursive: true }));

describe("a plugin's process", () => {
  it.each(["bun", "node", "deno"] as const)(
    "on %s has what it was given by name, and nothing else, whatever stands in the folder that it starts in",
    async (runtime: RuntimeName) => {
      process.env.OF_THE_HOST = "secret";
      const transport = createProcessTransport();
      const given = { runtime, cwd: folder, inheritEnv: ["PATH"], env: { GIVEN: "yes", EMPTY: "" } };
      const entries: LogEntry[] = [];
      const launch = createLaunch({ onLog: (entry) => entries.push(entry) });
      await using _ = await transport.launch(
        check(transport.options, { module: pluginUrl("environment"), options: given }, "subject"),
        launch,
      );
      const find = () => entries.find(({ message }) => message === "environment")?.fields;
      const environment = await until("the plugin has told its environment", find);
      expect(environment).toMatchObject({ GIVEN: "yes", EMPTY: "", PATH: process.env.PATH });
      expect(environment).not.toHaveProperty("OF_THE_HOST");
      expect(environment).not.toHaveProperty("OF_THE_FOLDER");
      expect(environment).not.toHaveProperty("HOME");
    },
  );
});
