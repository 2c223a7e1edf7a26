import { describe, expect, it } from "vitest";
import { createLogger } from "../../../transports/logs/log.ts";
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
    for (const message of [42, undefined, Symbol("s"), new Error("why"), { a: 1 }]) {
      log.info(message as unknown as string);
    }
    expect(messages).toEqual(["42", "undefined", "Symbol(s)", "Error: why", "{ a: 1 }"]);
  });
});
