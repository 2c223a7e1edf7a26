/** Connect's own conformance suite (connectrpc.com/conformance): gRPC with all that it knows, against our client and our server. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildGo, goProgram } from "../../scripts/go-program.ts";
import { runtimeName } from "../../src/values/platform.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
/** How long the suite may wait for its being built, on a machine that is busy with other tests. */
const buildTimeoutMs = 30 * 60_000;

describe.skipIf(goProgram === undefined)("the conformance suite", () => {
  let suite: string;
  beforeAll(async () => {
    const main = "connectrpc.com/conformance/cmd/connectconformance";
    suite = await buildGo({ name: "connectconformance", module: folder, main });
  }, buildTimeoutMs);

  // There is no list of failures that are known.
  it.each([
    ["client", 217],
    ["server", 374],
  ])("finds nothing wrong with the %s", async (mode, cases) => {
    const runtime = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
    const program = [process.execPath, ...runtime, `${folder}programs/${mode}.ts`];
    const run = spawn(suite, ["--mode", mode, "--conf", `${folder}${mode}.yaml`, "--", ...program]);
    const [report, errors] = await Promise.all([text(run.stdout), text(run.stderr)]);
    expect(`${errors}${report}`.trim().split("\n").slice(-40).join("\n")).toContain(`${cases} passed, 0 failed`);
  });
});
