/** A plugin that takes more memory than its limit is ended, and its host is not, in whatever shape the memory is taken. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { runtimeName } from "../../src/values/platform.ts";
import { program } from "./support.ts";

const slowly = "a little at a time";
const atOnce = ["numbers in one array", "a Map", "many arrays"];
/** Those that a thread is ended for, by runtime; see docs/transports.md. */
const contained = { node: [...atOnce, slowly], bun: [slowly], deno: [...atOnce, slowly] };

/** In a process of its own: a host that does not survive it must not be the one that the tests run in. */
async function outgrow(transport: string, runtime: string, tried: readonly string[]): Promise<string[]> {
  const { command, args } = program("memory.ts", transport, runtime, ...tried);
  const { stdout } = await promisify(execFile)(command, args).catch((error: { stdout: string; stderr: string }) => {
    console.error(error.stderr);
    return error;
  });
  return stdout.trim().split("\n");
}

const survived = (tried: readonly string[]) => [
  ...tried.map((shape) => `${shape}: out-of-memory`),
  "the host is there",
];

describe("a plugin that outgrows its limit", () => {
  it("is ended as a worker, and leaves the host alone", async () => {
    const tried = contained[runtimeName];
    expect(await outgrow("worker", runtimeName, tried)).toEqual(survived(tried));
  });

  it("is ended as a process, and leaves the host alone", async () => {
    const runtime = runtimeName === "bun" ? "node" : runtimeName;
    const tried = ["numbers in one array"];
    expect(await outgrow("process", runtime, tried)).toEqual(survived(tried));
  });
});
