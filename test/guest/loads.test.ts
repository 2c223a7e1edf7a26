/** What a plugin loads before anything asks for it: each package costs a plugin its start and its memory, in every thread and process. */
import { expect, it } from "vitest";
import { root, succeed } from "../programs.ts";

it("loads no package that its calls do not need: metrics when they are asked for, the host's parts never", async () => {
  const guest = new URL("../../transports/worker/guest.ts", import.meta.url).href;
  const output = await succeed("node", ["test/guest/programs/loads.ts", guest], { cwd: root });
  expect(JSON.parse(output)).toEqual({
    text: "hello guest",
    packages: ["@bufbuild/protobuf", "@connectrpc/connect"],
  });
});
