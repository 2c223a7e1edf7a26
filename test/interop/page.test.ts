/** docs/interop.md begins with something that runs. */
import { expect, it } from "vitest";
import { readBlocks, root } from "../docs/blocks.ts";
import { comparable } from "../docs/commands.ts";
import { run } from "../programs.ts";
import { describePeer } from "./support.ts";

describePeer("chainlink-feeds", "median under our node, as this page shows it", () => {
  it("makes the feed of the page by the command of the page", async () => {
    const [first] = readBlocks("docs/interop.md");
    const command = first?.text.trim() ?? "";
    const until = / round 1\/2 .*transmitted\n/;
    // Any free port; and the program itself is the one to get the signal.
    const { code, stdout, stderr } = await run("sh", ["-c", `exec env ${command} --http-port 0`], { cwd: root, until });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const lines = stdout.split("\n").map((line) => comparable(line, { numbers: false }));
    expect(lines).toEqual(
      expect.arrayContaining(first?.shown.map((line) => comparable(line, { numbers: false })) ?? []),
    );
  });
});
