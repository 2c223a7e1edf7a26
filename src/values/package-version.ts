/** The version in the package.json above this file, be it a source or built. */
import { existsSync, readFileSync } from "node:fs";

/** Written into a plugin that is built into one file: no package.json belongs to that. */
declare const builtPackageVersion: string | undefined;

/** @throws Error when there is no package.json above this file */
export function packageVersion(): string {
  if (typeof builtPackageVersion === "string") return builtPackageVersion;
  let folder = new URL("./", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const above = new URL("../", folder);
    if (above.href === folder.href) throw new Error(`Cannot find the package.json that ${import.meta.url} belongs to`);
    folder = above;
  }
  const { version }: { version: string } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  return version;
}
