/** The Go programs of this folder's tests, built when first asked for. */
import { fileURLToPath } from "node:url";
import { buildGo } from "../../../../scripts/go-program.ts";

const module = fileURLToPath(new URL(".", import.meta.url));

/** How long the first of them may wait for its being built, on a machine that is busy with other tests. */
export const buildTimeoutMs = 30 * 60_000;

/** @param name a folder here */
export function goPeer(name: "h2spec" | "peer"): Promise<string> {
  return buildGo({ name: `http2-${name}`, module, main: `./${name}` });
}
