export { createWorkerTransport, type WorkerOptions } from "./host.ts";
