import { transportSuite } from "../../src/testing/transport-suite.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";

transportSuite({ name: "worker", transport: createWorkerTransport() });
