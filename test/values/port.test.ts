/** Numbers of ports. */
import { expect, it } from "vitest";
import { isPort, parsePort } from "../../src/values/port.ts";

it("a port is a whole number up to 65535, and 0 only where any free one may be asked for", () => {
  expect(["1", "80", "65535"].map((text) => parsePort(text))).toEqual([1, 80, 65_535]);
  for (const text of ["", "0", "65536", "-1", "1.5", "1e3", " 80", "0x50", "000080"])
    expect(parsePort(text)).toBeUndefined();
  expect(parsePort("0", 0)).toBe(0);
  for (const port of [0, 65_536, 1.5, Number.NaN, Infinity]) expect(isPort(port)).toBe(false);
  expect(isPort(0, 0)).toBe(true);
});
