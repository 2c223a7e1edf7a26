import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { transportSuite } from "./suite.ts";

transportSuite({ name: "in-process", transport: createInProcessTransport() });
transportSuite({
  name: "in-process, messages shared",
  transport: createInProcessTransport(),
  options: { messages: "share" },
});
