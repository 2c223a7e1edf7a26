export { createInProcessTransport, type InProcessOptions } from "./host.ts";
