/** A plugin that has started a process of its own, and blocks its event loop if that is wanted, wherever that is wanted. */
import { spawn } from "node:child_process";
import { definePlugin } from "../../../transports/plugin.ts";

const { SLEEP: seconds = "1000", BLOCK: block } = process.env;
spawn("sleep", [seconds], { stdio: "ignore" });
if (block === "import") blockForEver();

export default definePlugin({
  setup() {
    if (block === "setup") blockForEver();
    if (block === "later") setTimeout(blockForEver, 200);
    return { routes: () => {} };
  },
});

function blockForEver(): never {
  for (;;);
}
