import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogger, plainFields } from "../../../transports/logs/log.ts";
import type { LogEntry } from "../../../transports/plugin.ts";

describe("a logger", () => {
  it("adds its fields to every line, the nearest last", () => {
    const entries: LogEntry[] = [];
    const log = createLogger((entry) => entries.push(entry), { plugin: "p", round: 0 });
    log.with({ round: 1 }).warn("late", { by: 3 });
    expect(entries[0]).toMatchObject({ level: "warn", message: "late", fields: { plugin: "p", round: 1, by: 3 } });
  });

  it("makes a text of a message that is none", () => {
    const messages: unknown[] = [];
    const log = createLogger(({ message }) => messages.push(message));
    for (const message of [42, undefined, Symbol("s"), new Error("why"), Object.create(null)]) {
      log.info(message as unknown as string);
    }
    expect(messages).toEqual(["42", "undefined", "Symbol(s)", "Error: why", "[no text]"]);
  });
});

describe("fields", () => {
  it("become what JSON can carry", () => {
    const circle: Record<string, unknown> = Object.create(null);
    circle.self = circle;
    const strange = Object.assign(new Error("x"), { message: 7 as unknown as string });
    expect(
      plainFields({
        error: new Error("why"),
        big: 5n,
        inner: { big: 6n },
        nan: Number.NaN,
        none: undefined,
        circle,
        strange,
      }),
    ).toEqual({
      error: "why",
      big: "5",
      inner: { big: "6" },
      nan: "NaN",
      none: "undefined",
      circle: "[no text]",
      strange: "7",
    });
  });

  it("are never a reason to fail", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true })),
        (fields) => {
          const written = JSON.stringify(plainFields(fields));
          expect(JSON.stringify(JSON.parse(written))).toEqual(written);
        },
      ),
    );
  });
});
