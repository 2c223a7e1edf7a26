/** The tables of docs/configuration.md against what the node really knows. */
import { describe, expect, it } from "vitest";
import { loopSettingsTable } from "../../scripts/loop-settings.ts";
import { blockOf } from "../../scripts/page-block.ts";
import { jobSchema } from "../../src/jobs/schema.ts";
import { flagsHelp } from "../../src/node/config/flags.ts";
import { loopTable } from "../../src/node/config/loop/env-config.ts";
import { createFileSchema } from "../../src/node/config/schema.ts";
import { sharedAttributes } from "../../src/pipeline/shared-attributes.ts";
import { absentTasks, taskDefinitions } from "../../src/pipeline/tasks/index.ts";
import { proxyHeaders } from "../../src/server/request-source.ts";
import type { Schema } from "../../src/settings/schema.ts";
import { readPage, readTable } from "./blocks.ts";

const page = "docs/configuration.md";

/** The words in backticks of a table's cells. */
function words(head: string, column = 0): string[] {
  return readTable(page, head).flatMap((cells) =>
    [...(cells[column] ?? "").matchAll(/`([^`]+)`/g)].map(([, w = ""]) => w),
  );
}

/** Dotted keys of two levels, or of three where the second is a name. */
function keysOf(schema: Schema, path: readonly string[] = []): string[] {
  const { keys = {}, each } = "read" in schema ? schema : {};
  const isName =
    path.length === 1 && each !== undefined && ["plugins", "feeds", "bridges", "transports"].includes(path[0] ?? "");
  if (isName) return keysOf(each, [...path, path[0] === "transports" ? "KIND" : "NAME"]);
  const inner = Object.entries(keys);
  if (inner.length > 0 && path.length < 3 && (path.length < 2 || path[0] === "plugins" || path[0] === "feeds")) {
    return inner.flatMap(([key, one]) => keysOf(one, [...path, key]));
  }
  return [path.join(".")];
}

describe(page, () => {
  it("has every key of the file, and no other", () => {
    const forPlugins = new RegExp(`^(?:${Object.keys(loopTable).join("|")})\\.`);
    const keys = keysOf(createFileSchema(["KIND"])).filter((key) => !forPlugins.test(key));
    expect(words("| key | default |").toSorted()).toEqual(keys.toSorted());
  });

  it("has every setting of plugins in other languages (node scripts/loop-settings.ts --write)", () => {
    expect(blockOf(readPage(page), "settings of commands")).toBe(loopSettingsTable());
  });

  it("has every header that makes a request one of a proxy", () => {
    const headers = readPage(page).matchAll(/`([A-Za-z-]+\*?)`/g);
    const shown = new Set([...headers].map(([, name = ""]) => name.toLowerCase().replace(/\*$/, "")));
    for (const name of proxyHeaders) expect(shown).toContain(name);
  });

  it("has every flag", () => {
    const flags = [...flagsHelp.matchAll(/^ +(--[a-z-]+)/gm)].map(([, flag = ""]) => flag);
    const shown = words("| flag |").map((word) => word.split(" ", 1)[0]);
    expect(shown.toSorted()).toEqual(flags.filter((flag) => flag !== "--help").toSorted());
  });

  it("has every key of a job", () => {
    const shown = words("| key | meaning |").filter((word) => !word.includes("="));
    expect(shown.toSorted()).toEqual(Object.keys(jobSchema.keys ?? {}).toSorted());
  });

  it("has every task with its attributes, and those that all have", () => {
    expect(words("| task |").toSorted()).toEqual([...taskDefinitions.keys()].toSorted());
    for (const [tasks = "", attributes = ""] of readTable(page, "| task |")) {
      const known = [...taskDefinitions].flatMap(([type, task]) =>
        tasks.includes(`\`${type}\``) ? task.attributes : [],
      );
      const shown = [...attributes.matchAll(/`(\w+)`/g)].map(([, word = ""]) => word);
      // What is not supported, or is for Chainlink's own use, is not shown.
      const hidden = ["async", "checkRequired"];
      expect([...new Set(known)].filter((name) => !hidden.includes(name)).toSorted()).toEqual(shown.toSorted());
    }
    for (const name of sharedAttributes.filter((one) => one !== "type"))
      expect(readPage(page)).toContain(`\`${name}\``);
    for (const name of absentTasks.keys()) expect(readPage(page)).toContain(`\`${name}\``);
  });
});
