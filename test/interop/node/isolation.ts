/** A network with nothing but loopback in it, for programs whose ports nobody can choose. What is started there ends with its first process. */
import { spawnSync } from "node:child_process";
import { findProgram } from "../../../scripts/find-program.ts";

const alone = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
/** Whoever is not root becomes it in a namespace of its own. */
const asRoot = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];

/** The command that runs another one there. */
export function isolated(command: readonly string[]): readonly [program: string, ...args: string[]] {
  return ["unshare", ...asRoot, ...alone, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...command];
}

/** Whether this system lets one have it. */
export function canIsolate(): boolean {
  if (findProgram("unshare") === undefined || findProgram("ip") === undefined) return false;
  const [program, ...args] = isolated(["true"]);
  return spawnSync(program, args).status === 0;
}

/** The command that runs another one as if another user had started it, with the same files: PostgreSQL refuses root. */
export function asUser(command: readonly string[]): readonly [program: string, ...args: string[]] {
  return ["unshare", "--user", "--map-user=1000", "--map-group=1000", ...command];
}
