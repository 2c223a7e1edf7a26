/** Env files. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEnvFile } from "../../src/settings/env-file.ts";
import { ConfigError } from "../../src/settings/mistakes.ts";

describe("parseEnvFile()", () => {
  it("reads the ways to write a value", () => {
    const text = [
      "# a comment",
      "",
      "PLAIN=value with blanks   # and a comment",
      "EMPTY=",
      "HASH=a#b",
      "export EXPORTED = spaced ",
      `SINGLE='as $it is \\n # here' # comment`,
      String.raw`DOUBLE="line\nnext \"quoted\" \\ \$"`,
      "URL=postgres://user:pw@host/db?x=1=2",
      "PLAIN=later wins",
      "\u00a0",
    ].join("\r\n");
    expect(Object.fromEntries(parseEnvFile(text, "x.env"))).toEqual({
      PLAIN: "later wins",
      EMPTY: "",
      HASH: "a#b",
      EXPORTED: "spaced",
      SINGLE: "as $it is \\n # here",
      DOUBLE: 'line\nnext "quoted" \\ $',
      URL: "postgres://user:pw@host/db?x=1=2",
    });
  });

  it("tells every mistake with its line, and never a value", () => {
    const text = ["hunter2", "1A=hunter2", 'B="hunter2', "C='hunter2' hunter2", 'D="\\q hunter2"', "E=hunter2\0"].join(
      "\n",
    );
    let message = "";
    try {
      parseEnvFile(text, "x.env");
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      message = String(error);
    }
    expect(message).toContain("x.env:1: Expected KEY=VALUE with the name of a variable before the =");
    expect(message).toContain("x.env:2: Expected KEY=VALUE");
    expect(message).toContain('x.env:3: The value of B is not closed with "');
    expect(message).toContain("x.env:4: The value of C must end with the closing '");
    expect(message).toContain("x.env:5: The value of D has an unknown escape");
    expect(message).toContain("x.env:6: The value of E contains a zero character");
    expect(message).not.toContain("hunter2");
  });

  it("throws nothing but ConfigErrors on garbage", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."AB=_1\"'\\ #\n\r$") }), (text) => {
        try {
          parseEnvFile(text, "x");
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
