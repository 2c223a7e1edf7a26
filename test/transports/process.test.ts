import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { stackNames } from "../../transports/process/grpc.ts";
import { createProcessTransport } from "../../transports/process/index.ts";
import { isChangeOnly, suiteRuntimes } from "../matrix.ts";

for (const runtime of suiteRuntimes) {
  for (const stack of stackNames) {
    transportSuite({
      name: `process, plugin on ${runtime}, stack ${stack}`,
      transport: createProcessTransport(),
      options: { runtime, stack },
    });
  }
}
