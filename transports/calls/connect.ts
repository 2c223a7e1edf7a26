/**
 * The only importer of what Connect exports for makers of transports. Those names do not follow semantic versioning, so a new
 * version of Connect is a matter of this file alone.
 */
export { createLinkedAbortController, transformInvokeImplementation } from "@connectrpc/connect/protocol";
export { findTrailerError, setTrailerStatus, validateResponse } from "@connectrpc/connect/protocol-grpc";
