export { createInProcessTransport, type InProcessOptions, type InProcessSpec } from "./host.ts";
