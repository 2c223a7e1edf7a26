import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createRuntime, LaunchError } from "../../../src/index.ts";

const right = `sha256:${createHash("sha256").update(readFileSync("/bin/sh")).digest("hex")}`;

function start(checksum: string, command = "/bin/sh", more: object = {}) {
  const options = { process: { command, args: ["-c", "exit 3"], checksum, ...more } };
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

  it("is that of the file which the plugin's own PATH and directory lead to", async () => {
    const folder = mkdtempSync(join(tmpdir(), "checksum-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "sh"), "#!/bin/sh\nexit 4\n", { mode: 0o755 });
    const another = expect.objectContaining({ code: "checksum-mismatch" });
    expect(await start(right, "sh", { env: { PATH: folder } })).toEqual(another);
    expect(await start(right, "./sh", { cwd: folder })).toEqual(another);
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
