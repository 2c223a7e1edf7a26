/** Where a program is that not every machine has. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of that name on PATH. */
export function findProgram(name: string): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return places.map((folder) => join(folder, name)).find(isExecutable);
}

/** The first `go` on PATH, if it is one (1.21 or later) that fetches the version that a go.mod asks for. */
export function findGo(): string | undefined {
  const go = findProgram("go");
  if (go === undefined) return undefined;
  const said = spawnSync(go, ["version"], { encoding: "utf8", env: { ...process.env, GOTOOLCHAIN: "local" } }).stdout;
  const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(said ?? "") ?? [];
  return Number(major) > 1 || Number(minor) >= 21 ? go : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
