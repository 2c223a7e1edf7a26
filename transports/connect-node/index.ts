/** gRPC over `node:http2`, with the client of connect-node: the reference that the built-in stack is held against. */
import type { GrpcStack } from "../grpc/stack.ts";
import { connectGrpc } from "./client.ts";
import { createGrpcServer } from "./server.ts";

export const connectNodeStack: GrpcStack = { connect: connectGrpc, createServer: createGrpcServer };
