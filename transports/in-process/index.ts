export { createInProcessTransport } from "./host.ts";
export type { InProcessOptions } from "./options.ts";
