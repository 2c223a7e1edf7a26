import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import { suiteRuntimes } from "../matrix.ts";

for (const runtime of suiteRuntimes) {
  transportSuite({ name: `process, plugin on ${runtime}`, transport: createProcessTransport(), options: { runtime } });
}
