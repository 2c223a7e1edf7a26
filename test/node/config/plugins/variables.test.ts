import { describe, expect, it } from "vitest";
import { commandVariable, envFileVariable } from "../../../../src/node/config/plugins/variables.ts";

describe("the variables of a kind of plugins", () => {
  it.each([
    ["median", "CL_MEDIAN_CMD", "CL_MEDIAN_ENV"],
    ["evening-draw", "CL_EVENING_DRAW_CMD", "CL_EVENING_DRAW_ENV"],
    ["draw_2", "CL_DRAW_2_CMD", "CL_DRAW_2_ENV"],
  ])("of %s are %s and %s", (kind, command, envFile) => {
    expect([commandVariable(kind), envFileVariable(kind)]).toEqual([command, envFile]);
  });
});
