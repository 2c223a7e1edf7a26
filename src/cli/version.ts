/** Which loopp this is, as its package says: the one above the sources, or above what was built of them. */
import { existsSync, readFileSync } from "node:fs";

/** @throws Error when the package is not whole */
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
