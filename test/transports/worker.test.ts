import { createWorkerTransport } from "../../transports/worker/index.ts";
import { transportSuite } from "./suite.ts";

transportSuite({ name: "worker", transport: createWorkerTransport() });
