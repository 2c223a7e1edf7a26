export { createProcessTransport } from "./host.ts";
export type { ProcessOptions } from "./options.ts";
