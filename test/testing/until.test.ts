import { describe, expect, it } from "vitest";
import { until } from "../../src/testing/until.ts";

describe("until", () => {
  it("resolves to what was seen, as soon as it is there", async () => {
    let looks = 0;
    const seen = await until("there were three looks", () => ++looks === 3 && `${looks} looks`, { everyMs: 1 });
    expect([seen, looks]).toEqual(["3 looks", 3]);
    expect(await until("a number is there", async () => 0)).toBe(0);
  });

  it("goes on when a look throws", async () => {
    let looks = 0;
    const look = () => {
      if (++looks < 3) throw new Error("too early");
      return true;
    };
    await until("nothing throws", look, { everyMs: 1 });
    expect(looks).toBe(3);
  });

  it.each([
    ["false", () => false, "It has not come true within 30 ms that pigs fly"],
    [
      "throws",
      () => Promise.reject(new Error("no wings")),
      "It has not come true within 30 ms that pigs fly; the last look failed: no wings",
    ],
    ["does not answer", () => new Promise<boolean>(() => {}), "It has not come true within 30 ms that pigs fly"],
  ])("says in time what has not come true when the last look %s", async (_, look, message) => {
    await expect(until("pigs fly", look, { withinMs: 30, everyMs: 1 })).rejects.toThrow(message);
  });
});
