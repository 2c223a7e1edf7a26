export { prepareProcess, servePlugin } from "./guest.ts";
export { createProcessTransport } from "./host.ts";
export type { ProcessOptions, ProcessSpec } from "./options.ts";
