import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";

transportSuite({ name: "in-process", transport: createInProcessTransport() });
transportSuite({
  name: "in-process, messages shared",
  transport: createInProcessTransport(),
  options: { messages: "share" },
});
