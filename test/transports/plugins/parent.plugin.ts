/**
 * A plugin that has started a process of its own, and blocks its event loop if that is wanted, wherever that is wanted; or kills its host,
 * so that it is certain to be still coming up then.
 */
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { definePlugin } from "../../../transports/plugin.ts";

const { SLEEP: seconds = "1000", BLOCK: block = "" } = process.env;
spawn("sleep", [seconds], { stdio: "ignore" });
if (block === "import") blockForEver();

export default definePlugin({
  setup() {
    if (block === "setup") blockForEver();
    if (block === "kill-host") process.kill(process.ppid, "SIGKILL");
    // The path of a file that is there when it is time; it takes it away to say that it has heard.
    if (block.startsWith("/")) setInterval(() => existsSync(block) && blockAfter(() => rmSync(block)), 5);
    return { routes: () => {} };
  },
});

function blockAfter(last: () => void): never {
  last();
  blockForEver();
}

function blockForEver(): never {
  for (;;);
}
