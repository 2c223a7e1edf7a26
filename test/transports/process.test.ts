import { createProcessTransport } from "../../transports/process/index.ts";
import { transportSuite } from "./suite.ts";

for (const runtime of ["bun", "node", "deno"] as const) {
  transportSuite({ name: `process, plugin on ${runtime}`, transport: createProcessTransport(), options: { runtime } });
}
