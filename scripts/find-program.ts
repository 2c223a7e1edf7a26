/** Where a program is that not every machine has. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first of that name on PATH. */
export function findProgram(name: string): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return places.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
