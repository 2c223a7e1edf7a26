import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { createProcessTransport } from "../../transports/process/index.ts";

for (const runtime of ["bun", "node", "deno"] as const) {
  transportSuite({ name: `process, plugin on ${runtime}`, transport: createProcessTransport(), options: { runtime } });
}
