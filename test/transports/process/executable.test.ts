import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultGrpcTerms } from "../../../transports/process/grpc.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import { createLaunch } from "../support.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "executable-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

/** What a caller reads of a launch that must fail. */
async function refusalOf(command: string, cwd?: string): Promise<string> {
  const spec = {
    module: undefined,
    command,
    args: [],
    env: {},
    inheritEnv: ["PATH"],
    grpc: defaultGrpcTerms,
    ...(cwd === undefined ? {} : { cwd }),
  };
  const error = await createProcessTransport()
    .launch(spec, createLaunch())
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return error instanceof Error ? error.message : "no error";
}

/** A binary whose dynamic loader has another name: one of the same length, in the place of its own. */
function withLoader(change: (loader: string) => string): Uint8Array {
  const binary = readFileSync("/bin/sh");
  const loader = /\/lib[\w./-]*ld[\w./-]*\.so[\w.]*/.exec(binary.toString("latin1", 0, 4096))?.[0] ?? "";
  expect(loader).not.toBe("");
  binary.write(change(loader), binary.indexOf(loader), "latin1");
  return binary;
}

describe("a command that cannot be started", () => {
  it("for want of its script's interpreter names the interpreter", async () => {
    const script = file("script", "#! /opt/not-there/bin/python3 -u\nprint(1)\n");
    const interpreter = `the first line of "${script}" names the interpreter "/opt/not-there/bin/python3", which does not exist`;
    expect(await refusalOf(script)).toBe(`Cannot start "${script}": ${interpreter} (ENOENT)`);
    // One script that is run by the other.
    const outer = file("outer", `#!${script}\n`);
    expect(await refusalOf(outer)).toBe(`Cannot start "${outer}": ${interpreter} (ENOENT)`);
    const data = file("data", "not a program", 0o644);
    const plain = file("plain", `#!${data}\n`);
    expect(await refusalOf(plain)).toBe(
      `Cannot start "${plain}": the first line of "${plain}" names the interpreter "${data}", which cannot be executed (EACCES)`,
    );
  });

  it("because of the line ends of Windows says so", async () => {
    const script = file("windows", "#!/bin/sh\r\necho hi\r\n");
    expect(await refusalOf(script)).toBe(
      `Cannot start "${script}": the first line of "${script}" names the interpreter "/bin/sh\\r", with a carriage return at its end: ` +
        "save the file with the line ends of Unix (ENOENT)",
    );
  });

  it("for want of its dynamic loader names the loader", async () => {
    let missing = "";
    const binary = withLoader((loader) => {
      missing = loader.replace(/.$/, "?");
      return missing;
    });
    const program = file("binary", binary);
    expect(await refusalOf(program)).toBe(
      `Cannot start "${program}": "${program}" is loaded by "${missing}", which does not exist: it was built for another system (ENOENT)`,
    );
    // The right one, for comparison: it starts, and is no plugin.
    expect(
      await refusalOf(
        file(
          "right",
          withLoader((loader) => loader),
        ),
      ),
    ).not.toContain("Cannot start");
  });

  it("names what else is missing: the file, the permission, the name on the PATH, the directory", async () => {
    const missing = join(folder, "missing");
    expect(await refusalOf(missing)).toBe(`Cannot start "${missing}": there is no program "${missing}" (ENOENT)`);
    const plain = file("not-executable", "#!/bin/sh\n", 0o644);
    expect(await refusalOf(plain)).toBe(
      `Cannot start "${plain}": "${plain}" is not executable: run chmod +x on it (EACCES)`,
    );
    expect(await refusalOf("no-such-plugin")).toMatch(
      /^Cannot start "no-such-plugin": there is no program "no-such-plugin" on the PATH that it would be started with/,
    );
    expect(await refusalOf("/bin/sh", missing)).toBe(
      `Cannot start "/bin/sh" in "${missing}": there is no directory "${missing}" (ENOENT)`,
    );
  });
});
