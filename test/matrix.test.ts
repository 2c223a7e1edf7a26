import { globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { leftToBun } from "./matrix.ts";

describe("what is left to Bun", () => {
  it.each(leftToBun.flatMap(({ files }) => files))("is there: %s", (files) => {
    const root = new URL("../", import.meta.url);
    expect(globSync(files.replace(/\*\*$/, "**/*.test.ts"), { cwd: root })).not.toEqual([]);
  });
});
