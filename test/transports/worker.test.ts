import { transportSuite } from "../../src/testing/transport-suite/index.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";

transportSuite({ name: "worker", transport: createWorkerTransport() });
