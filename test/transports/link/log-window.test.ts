import { describe, expect, it } from "vitest";
import { createLogWindow, takenStep } from "../../../transports/link/log-window.ts";
import type { LogEntry } from "../../../transports/plugin.ts";

function line(message: string): LogEntry {
  return { level: "info", message, time: 0, fields: {}, source: "console" };
}

function createWindow() {
  const sent: string[] = [];
  const window = createLogWindow(({ message }) => sent.push(message));
  return { window, sent, addMany: (count: number) => numbers(count).forEach((text) => void window.add(line(text))) };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

/** A host that takes everything, for as long as there is something. */
function takeAll({ window, sent }: ReturnType<typeof createWindow>): void {
  for (let taken = 0; taken + takenStep <= sent.length; taken += takenStep) window.onTaken(takenStep);
}

describe("the window of a plugin's log", () => {
  it("sends lines at once while the host takes them", () => {
    const { sent, addMany } = createWindow();
    addMany(takenStep);
    expect(sent).toEqual(numbers(takenStep));
  });

  it("sends no more than the host takes, and the rest when it has", () => {
    const at = createWindow();
    at.addMany(10_000);
    expect(at.sent.length).toBeLessThan(1000);
    takeAll(at);
    expect(at.sent).toEqual(numbers(10_000));
  });

  it("drops what comes beyond, says how much, and keeps the order of the rest", () => {
    const at = createWindow();
    at.addMany(100_000);
    takeAll(at);
    const kept = at.sent.slice(0, -1);
    expect(kept).toEqual(numbers(kept.length));
    expect(kept.length).toBeGreaterThanOrEqual(20_000);
    expect(at.sent.at(-1)).toBe(
      `${100_000 - kept.length} lines were dropped: they came faster than the host takes them`,
    );
    at.window.add(line("afterwards"));
    expect(at.sent.at(-1)).toBe("afterwards");
  });

  it("drops lines that are long rather than many", () => {
    const at = createWindow();
    for (let count = 0; count < 1000; count++) at.window.add(line("x".repeat(64 * 1024)));
    takeAll(at);
    expect(at.sent.at(-1)).toMatch(/^\d+ lines were dropped/);
  });

  it("sends the end of a flood at the end, and what it dropped before it", () => {
    const at = createWindow();
    at.addMany(10_000);
    const before = at.sent.length;
    at.window.finish();
    expect(at.sent[before]).toMatch(/^\d+ lines were dropped/);
    expect(at.sent.at(-1)).toBe("9999");
    expect(at.sent.length).toBeLessThan(1000);
  });
});
