/** gRPC over our own HTTP/2, by wires that others have dialled or accepted. */
import { connectGrpc } from "./client.ts";
import { createGrpcServer } from "./server.ts";
import type { GrpcStack } from "./stack.ts";

export const builtInStack: GrpcStack = { connect: connectGrpc, createServer: createGrpcServer };
