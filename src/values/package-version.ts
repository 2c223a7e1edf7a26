/** The version in the package.json above this file, be it a source or built. */
import { existsSync, readFileSync } from "node:fs";

/** @throws Error when there is no package.json above this file */
export function packageVersion(): string {
  let folder = new URL("./", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const above = new URL("../", folder);
    if (above.href === folder.href) throw new Error(`Cannot find the package.json that ${import.meta.url} belongs to`);
    folder = above;
  }
  const { version }: { version: string } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  return version;
}
