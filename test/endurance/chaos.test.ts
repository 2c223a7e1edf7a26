/**
 * Plugins that fare badly or mean harm, under 64 callers: every call ends with its own result, its own deadline, or Unavailable, and
 * the host's event loop turns all the while.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runtimeName } from "../../src/values/platform.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import type { ExitReason } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";
import { full } from "../full.ts";
import type { Wreckage } from "./programs/chaos.ts";
import { runProgram } from "./support.ts";

const forMs = full ? 60_000 : 800;
/** How long a plugin blocks its loop; longer than its health probe has patience. */
const blockMs = full ? 30_000 : 1200;
/**
 * For how long the host's loop may not turn. Beside other tests on a busy machine, only a block beyond any doubt is one; and Deno's loop
 * stands still while a thread begins.
 */
const mostBlockedMs = full && runtimeName !== "deno" ? 50 : 500;
/** Machines are noisy, and a noise does not come three times at the same place. */
const attempts = 3;
const timeout = full ? 600_000 : 60_000;

/** Whatever the chaos was. */
async function wreck(scenario: string, transport: string, env: Record<string, string> = {}): Promise<Wreckage> {
  let wreckage: Wreckage | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    wreckage = await runProgram<Wreckage>("chaos.ts", [scenario, transport, forMs], {
      LOOPP_CHAOS_BLOCK_MS: String(blockMs),
      ...env,
    });
    expect(wreckage.wrong).toEqual([]);
    expect(wreckage.left).toEqual({ children: 0, marked: 0, files: 0 });
    if (wreckage.blockedMs < mostBlockedMs) return wreckage;
  }
  expect(wreckage?.blockedMs).toBeLessThan(mostBlockedMs);
  throw new Error("never reached");
}

function expectExits({ exits }: Wreckage, ...reasons: ExitReason[]): void {
  for (const reason of Object.keys(exits)) expect(reasons).toContain(reason);
  expect(Object.keys(exits).length).toBeGreaterThan(0);
}

describe("nobody hangs and nobody gets another's answer", () => {
  it.each(["in-process", "worker", "process"])(
    "while instances on the %s transport are ended at random",
    async (transport) => {
      const wreckage = await wreck("kills", transport);
      expectExits(wreckage, "killed");
      expect(wreckage.restarts).toBeGreaterThan(0);
    },
    timeout,
  );

  it(
    "while plugin processes are killed by a signal",
    async () => expectExits(await wreck("sigkill", "process"), "crashed"),
    timeout,
  );

  it(
    "while plugin processes stand still, for a moment or for good",
    async () => {
      const { exits } = await wreck("sigstop", "process");
      // By chance, it may always have been for a moment.
      for (const reason of Object.keys(exits)) expect(reason).toBe("unresponsive");
    },
    timeout,
  );

  it.each(["worker", "process"])(
    "while a plugin on the %s transport blocks its event loop",
    async (transport) => expectExits(await wreck("blocks", transport), "unresponsive"),
    timeout,
  );

  it.each(
    [createInProcessTransport(), createWorkerTransport(), createProcessTransport()]
      .filter(({ capabilities }) => capabilities.memoryLimit)
      .map(({ kind }) => kind),
  )(
    "while a plugin on the %s transport takes all the memory that it may have",
    async (transport) => expectExits(await wreck("memory", transport), "out-of-memory"),
    timeout,
  );

  it.each(["worker", "process"])(
    "while a plugin on the %s transport prints as fast as it can",
    async (transport) => {
      const { exits, dropped, lines, pluginMb } = await wreck("floods", transport);
      expect(exits).toEqual({});
      expect(lines).toBeGreaterThan(100);
      // A process may be made to wait at its pipe instead.
      if (transport === "worker") expect(dropped).toBeGreaterThan(0);
      expect(pluginMb).toBeLessThan(500);
    },
    timeout,
  );

  it.each(["in-process", "worker", "process"])(
    "while a plugin on the %s transport does not read what its callers write",
    async (transport) => {
      const { grownMb, pluginMb } = await wreck("does not read", transport);
      expect(grownMb).toBeLessThan(500);
      expect(pluginMb).toBeLessThan(500);
    },
    timeout,
  );

  it("while processes that a plugin has started outlive it", () => wreck("leaves a grandchild", "process"), timeout);

  it("while a plugin does not end when it should", () => wreck("ignores the end", "process"), timeout);

  it.each([
    ["answers garbage", "garbage-in-call", ["protocol-error"]],
    ["does not end", "ignores-shutdown", []],
  ] as const)(
    "while a plugin of another make %s",
    async (_, mode, reasons) => {
      const wreckage = await wreck(mode, "process");
      if (reasons.length > 0) expectExits(wreckage, ...reasons);
    },
    timeout,
  );

  describe("while there is no room for sockets", () => {
    let disk: string;
    let mounted = false;

    beforeAll(() => {
      disk = mkdtempSync(join(tmpdir(), "small-disk-"));
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,nr_inodes=24", "tmpfs", disk], { stdio: "ignore" });
        mounted = true;
      } catch {
        // Not everybody may mount; then the folder is one that is not there.
      }
    });
    afterAll(() => {
      if (mounted) execFileSync("umount", [disk]);
      rmSync(disk, { recursive: true, force: true });
    });

    it(
      "and comes back when there is",
      async () => {
        const wreckage = await wreck("full disk", "process", mounted ? { LOOPP_CHAOS_SMALL_DISK: disk } : {});
        expectExits(wreckage, "killed");
        expect(wreckage.answered).toBeGreaterThan(0);
      },
      timeout,
    );
  });
});
