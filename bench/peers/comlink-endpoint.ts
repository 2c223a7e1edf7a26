/** Comlink's adapter for worker threads, with the type that it has once it is loaded. */
import adapter from "comlink/dist/umd/node-adapter.js";

/** The module is CommonJS and exports the function itself; its type declaration describes an ES module. */
export const nodeEndpoint = adapter as unknown as typeof adapter.default;
