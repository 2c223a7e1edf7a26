/**
 * What the tests of this folder share. They are about programs of others, and docs/interop.md has a table of them, made of the
 * results: one row for each test, under the binary that it is about. So that the table can be read:
 * - every test stands in `describePeer(binary, what, ...)`, which names the suite "<binary> <version>: <what>",
 *   such as "chainlink-feeds v0.1.1: median under our node". `what` says who hosts whom; the suite is skipped where there is no Go;
 * - a test's name is the check, in the present tense, as a reader of the table would put it: "survives SIGKILL in the middle of a round".
 *   A name does not change from run to run.
 * `node scripts/test.ts bun node test/interop && node scripts/interop-table.ts --write` runs them and writes the table.
 */
import { beforeAll, describe } from "vitest";
import { goProgram } from "../../scripts/go-program.ts";
import { type PeerName, peer, peerVersion } from "./peers.ts";

/** How long the first test of a binary may wait for its being built, on a machine that is busy with other tests. */
const buildTimeoutMs = 30 * 60_000;

/**
 * A suite about one binary, which is built before its first test.
 * @param what who hosts whom, such as "median under our node"
 * @param suite given the binary's name; `peer(name)` in a test resolves to its path
 * @param others further binaries that the tests need
 * @param isPossible whether this machine has what else they need
 */
export function describePeer(
  name: PeerName,
  what: string,
  suite: (name: PeerName) => void,
  others: readonly PeerName[] = [],
  isPossible = true,
): void {
  describe.skipIf(goProgram === undefined || !isPossible)(`${name} ${peerVersion(name)}: ${what}`, () => {
    beforeAll(async () => {
      for (const needed of [name, ...others]) await peer(needed);
    }, buildTimeoutMs);
    suite(name);
  });
}
