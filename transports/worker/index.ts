export { createWorkerTransport } from "./host.ts";
export type { WorkerOptions } from "./options.ts";
