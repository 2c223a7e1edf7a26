/** What docs/supervision.md says is shown by tests is in those tests. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readTable, root } from "./blocks.ts";

const page = "docs/supervision.md";
const shown = readTable(page, "| problem |").map(([trouble = "", , tests = ""]) => ({
  trouble,
  tests: [...tests.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)].map(([, file = "", name = ""]) => ({ file, name })),
}));

describe(page, () => {
  it("has known problems", () => expect(shown.length).toBeGreaterThan(20));

  it.each(shown)("names tests that are there: $trouble", ({ tests }) => {
    expect(tests).not.toEqual([]);
    for (const { file, name } of tests) {
      const titles = readFileSync(`${root}${file}`, "utf8").replaceAll('\\"', '"');
      expect(titles).toContain(name);
    }
  });
});
