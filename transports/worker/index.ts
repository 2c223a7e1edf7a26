export { createWorkerTransport, type WorkerOptions, type WorkerSpec } from "./host.ts";
