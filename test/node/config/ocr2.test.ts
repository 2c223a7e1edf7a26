/** OCR2's settings. */
import { describe, expect, it } from "vitest";
import { localConfigBounds } from "../../../src/node/config/ocr2.ts";
import { checkLocalConfig, defaultLocalConfig } from "../../../src/ocr2/local-config.ts";

describe("OCR2's bounds", () => {
  it.each(Object.entries(localConfigBounds))("of %s are those of the oracle", (name, { least, most }) => {
    const check = (value: number) => () => checkLocalConfig({ ...defaultLocalConfig, [name]: value });
    for (const value of [least, most]) expect(check(value)).not.toThrow();
    for (const value of [least - 1, most + 1]) expect(check(value)).toThrow(RangeError);
  });
});
