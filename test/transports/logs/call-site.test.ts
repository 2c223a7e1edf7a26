import { expect, it } from "vitest";
import { callSiteOf } from "../../../transports/logs/call-site.ts";
import { createLogger } from "../../../transports/logs/log.ts";
import type { LogEntry } from "../../../transports/plugin.ts";

// Nothing here ends with a call: Bun knows nothing of a function that does.
it("is the place that called, not what is in between", () => {
  const inner = () => ({ ...callSiteOf(outer, false) });
  const outer = () => ({ ...inner() });
  const named = () => ({ ...outer() });
  const sites = [named(), outer(), [0].map(() => ({ ...outer() }))[0]];
  const lines = sites.map((site) => Number(/^transports\/call-site\.test\.ts:(\d+)$/.exec(site?.caller ?? "")?.[1]));
  const [first = 0] = lines;
  expect(lines).toEqual([first, first + 1, first + 1]);
});

it("has the calls that led there where it is wanted, and leaves the runtime's own limit as it was", () => {
  const called = () => ({ ...callSiteOf(called, true) });
  const limit = Error.stackTraceLimit;
  function recurse(depth: number): ReturnType<typeof called> {
    const site = depth === 0 ? called() : recurse(depth - 1);
    return { ...site };
  }
  const { caller, stacktrace } = recurse(20);
  expect(caller).toMatch(/call-site\.test\.ts:\d+$/);
  expect(stacktrace?.split("\n")).toHaveLength(10);
  expect(stacktrace).toMatch(/^recurse /);
  expect(Error.stackTraceLimit).toBe(limit);
});

it("stands in every line of a logger, and the trace in errors", () => {
  const entries: LogEntry[] = [];
  const log = createLogger((entry) => entries.push(entry)).with({ round: 1 });
  log.info("hello");
  log.error("oh");
  expect(entries.map(({ caller }) => caller)).toEqual([
    expect.stringMatching(/call-site\.test\.ts:\d+$/),
    expect.stringMatching(/call-site\.test\.ts:\d+$/),
  ]);
  expect(entries.map(({ stacktrace }) => stacktrace !== undefined)).toEqual([false, true]);
});
