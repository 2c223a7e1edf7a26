/** What the runtime's tests share: a ledger that outlives plugins, and transports to run on. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const kinds = ["in-process", "worker", "process"] as const;
export const isolated = ["worker", "process"] as const;

export const ledgerModule = new URL("./plugins/ledger.plugin.ts", import.meta.url);

export interface Ledger extends Disposable {
  readonly path: string;
  lines(): string[];
}

export function createLedger(): Ledger {
  const folder = mkdtempSync(join(tmpdir(), "ledger-"));
  const path = join(folder, "ledger.txt");
  return {
    path,
    lines() {
      try {
        return readFileSync(path, "utf8").trimEnd().split("\n");
      } catch {
        return [];
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
