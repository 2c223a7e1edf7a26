/**
 * The test framework that is running: vitest, `bun test`, `deno test` or `node --test`. None of them is needed to load this
 * module, and none is imported that is not running.
 */
import { runtimeName } from "../values/platform.ts";

/** What is needed of a framework: jest's words. */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  /** A third argument is the time limit in milliseconds, where the framework has one. */
  it(name: string, test: () => Promise<void>, timeoutMs?: number): unknown;
}

/** Vitest has no way to be found but this one. Bundlers must not look for it, so its name is no constant of the import. */
const vitest = process.env.VITEST === undefined ? undefined : await load("vitest");

async function load(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch {
    return undefined;
  }
}

/** @throws Error when there is none */
export function findFramework(): TestFramework {
  // Deno gives its own tests in the words of node:test, too.
  const found = vitest ?? process.getBuiltinModule(runtimeName === "bun" ? "bun:test" : "node:test");
  if (isFramework(found)) return found;
  throw new Error("Cannot find the test framework that is running: pass its `describe` and `it` as an option");
}

export function isFramework(value: unknown): value is TestFramework {
  return (
    // The module node:test is a function.
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    "describe" in value &&
    typeof value.describe === "function" &&
    "it" in value &&
    typeof value.it === "function"
  );
}
