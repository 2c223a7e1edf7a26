/** What the tests of test/interop came to on each runtime, kept between the run that finds out and the table that says so. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const interopFolder = "test/interop";

/** What only the full run of the tests has of it. */
export const fullRunFolder = `${interopFolder}/node/`;

/** The runtimes that these tests run on. */
export const interopRuntimes = ["bun", "node"] as const;
export type InteropRuntime = (typeof interopRuntimes)[number];

export interface InteropResult {
  /** Of the test, from the root. */
  readonly file: string;
  /** `<binary> <version>: <what>` */
  readonly suite: string;
  readonly check: string;
  /** In Vitest's words, such as "passed". */
  readonly status: string;
}

const folder = fileURLToPath(new URL("../.cache/interop/", import.meta.url));

export function saveInteropResults(runtime: InteropRuntime, results: readonly InteropResult[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${runtime}.json`, JSON.stringify(results));
}

/** @throws Error when the tests have not been run there */
export function readInteropResults(runtime: InteropRuntime): readonly InteropResult[] {
  try {
    return JSON.parse(readFileSync(`${folder}${runtime}.json`, "utf8"));
  } catch (cause) {
    throw new Error(
      `Cannot read the results on ${runtime}; run "node scripts/test.ts bun node ${interopFolder}" first`,
      {
        cause,
      },
    );
  }
}
