import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import { isChangeOnly, suiteRuntimes } from "../matrix.ts";

for (const runtime of suiteRuntimes) {
  transportSuite({ name: `process, plugin on ${runtime}`, transport: createProcessTransport(), options: { runtime } });
}

// The reference that the other stack is held against.
for (const runtime of isChangeOnly
  ? suiteRuntimes.filter((name) => name === "bun" && runtimeName === "bun")
  : suiteRuntimes) {
  transportSuite({
    name: `process, plugin on ${runtime}, connect-node`,
    transport: createProcessTransport(),
    options: { runtime, stack: "connect-node" },
  });
}
