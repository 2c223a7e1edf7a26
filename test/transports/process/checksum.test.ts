import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createRuntime, LaunchError } from "../../../src/index.ts";

const right = `sha256:${createHash("sha256").update(readFileSync("/bin/sh")).digest("hex")}`;

function start(checksum: string, command = "/bin/sh") {
  const options = { process: { command, args: ["-c", "exit 3"], checksum } };
  return createRuntime({ plugins: { foreign: { transport: "process", options } }, onLog: () => {} }).catch(
    (error: unknown) => error as LaunchError,
  );
}

describe("the checksum of a command", () => {
  it("keeps another file from being started", async () => {
    const error = await start(`sha256:${"0".repeat(64)}`);
    expect(error).toBeInstanceOf(LaunchError);
    expect(error).toMatchObject({
      code: "checksum-mismatch",
      message: expect.stringContaining(`its checksum is ${right}`),
    });
  });

  it("lets the right file start", async () => {
    // It is started, and is no plugin.
    expect(await start(right)).toMatchObject({ code: "launch-failed" });
    expect(await start(right.toUpperCase().replace("SHA256", "sha256"), "sh")).toMatchObject({ code: "launch-failed" });
  });

  it("names a file that is not there", async () => {
    expect(await start(right, "/nowhere/plugin")).toMatchObject({ code: "checksum-mismatch" });
  });

  it("is refused where it says nothing", () => {
    expect(() => start("md5:1")).toThrow(
      'plugins.foreign.options.process.checksum: expected "sha256:" and 64 hexadecimal digits',
    );
  });
});
