/** Settings in the environment. */
import { describe, expect, it } from "vitest";
import { duration } from "../../src/settings/fields.ts";
import type { Mistake } from "../../src/settings/mistakes.ts";
import { checkVariable, readVariable } from "../../src/settings/variables.ts";

describe("readVariable()", () => {
  it.each([[undefined], [""], [" "]])("finds nothing in %j", (value) => {
    expect(readVariable({ CL_MEDIAN_CMD: value }, "CL_MEDIAN_CMD")).toBeUndefined();
  });

  it("returns any other value unchanged", () => {
    expect(readVariable({ CL_MEDIAN_CMD: " a b" }, "CL_MEDIAN_CMD")).toBe(" a b");
  });
});

describe("checkVariable()", () => {
  it("reads a variable by a schema, and says what is wrong by the variable's name", () => {
    const mistakes: Mistake[] = [];
    expect(checkVariable({ A: " 3s " }, "A", duration(), mistakes)).toBe(3000);
    expect(checkVariable({ A: " " }, "A", duration(), mistakes)).toBeUndefined();
    expect(mistakes).toEqual([]);
    expect(checkVariable({ A: "soon" }, "A", duration(), mistakes)).toBeUndefined();
    expect(mistakes).toEqual([
      { origin: { kind: "environment", variable: "A" }, key: "", message: expect.stringContaining('"soon"') },
    ]);
  });
});
