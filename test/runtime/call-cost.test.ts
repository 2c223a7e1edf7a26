/** What a call costs its host beside time, counted: a timing would depend on the machine, and these numbers do not. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runtimeName } from "../../src/values/platform.ts";
import { root, succeed } from "../programs.ts";

interface Cost {
  readonly calls: number;
  readonly timers: number;
  readonly listeners: number;
  readonly controllers: number;
  readonly headers: number;
  /** 0 where the runtime does not tell. */
  readonly promises: number;
  readonly grownBytes: number;
  readonly listenersLeft: number;
}

const program = fileURLToPath(new URL("./programs/call-cost.ts", import.meta.url));
const collecting = {
  bun: [],
  node: ["--expose-gc"],
  deno: ["run", "--allow-all", "--no-lock", "--v8-flags=--expose-gc"],
}[runtimeName];

it.each([
  // The promises of a call, as V8 counts them: each that is made, and each that is awaited. Fewer are a reason to write fewer here.
  ["in-process", { messages: "share" }, 13],
  ["in-process", { messages: "copy" }, 15],
  ["worker", {}, 12],
  ["process", { stack: "built-in" }, 12],
] as const)(
  "a call to a plugin on %s with %j makes no timer, listener, controller or headers of its own, and %i promises",
  async (transport, options, promises) => {
    const args = [...collecting, program, transport, JSON.stringify(options)];
    const cost: Cost = JSON.parse(await succeed(runtimeName, args, { cwd: root }));
    // One timer for all deadlines, one listener for all calls with one signal, and one for the end of the instance.
    expect(cost).toMatchObject({ controllers: 0, headers: 0, listenersLeft: 0 });
    expect(cost.timers).toBeLessThanOrEqual(1);
    expect(cost.listeners).toBeLessThanOrEqual(2);
    expect(Math.round(cost.promises / cost.calls)).toBeLessThanOrEqual(promises);
    // Thousands of calls leave nothing behind; one object of each would be more.
    expect(cost.grownBytes).toBeLessThan(256 * 1024);
  },
);
