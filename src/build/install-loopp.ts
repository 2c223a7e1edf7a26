/** Builds one of Chainlink's own plugins with Go. */
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goArguments, goEnvironment, goModOf, type Loopp, programOf } from "./loopps.ts";
import { reasonOf } from "./reason.ts";
import { isMissing, runProgram } from "./run-program.ts";

/**
 * Go prints what it does, and what is wrong, on the standard streams.
 * @param folder for the program; created if it does not exist
 * @returns the program's path
 * @throws Error with the reason, without a capital letter
 */
export async function installLoopp(loopp: Loopp, folder: string): Promise<string> {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new Error(`cannot write to ${folder}: ${reasonOf(cause)}`, { cause });
  }
  const module = mkdtempSync(join(tmpdir(), "loopp-install-"));
  try {
    writeFileSync(join(module, "go.mod"), goModOf(loopp));
    const env = { ...process.env, ...goEnvironment };
    const { code } = await runProgram("go", goArguments(loopp, folder), { cwd: module, env, shown: true });
    if (code !== 0) throw new Error(`go build ended ${code === undefined ? "by a signal" : `with exit code ${code}`}`);
    return join(folder, programOf(loopp));
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error(
      "Go is needed to build it, and there is no go on the PATH: get it from https://go.dev/doc/install",
      {
        cause: error,
      },
    );
  } finally {
    rmSync(module, { recursive: true, force: true });
  }
}
