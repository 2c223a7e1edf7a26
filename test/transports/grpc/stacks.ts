/** Both ways to have gRPC: what holds for one holds for the other. */
import { connectNodeStack } from "../../../transports/connect-node/index.ts";
import { builtInStack } from "../../../transports/grpc/index.ts";
import type { GrpcStack } from "../../../transports/grpc/stack.ts";

export interface StackOfTest {
  readonly name: string;
  readonly stack: GrpcStack;
  /** Whether a server that is closed says so in HTTP/2's words. Over those of `node:http2`, the HTTP/2 of Deno may abort a whole process. */
  readonly saysGoaway: boolean;
}

export const stacks: readonly StackOfTest[] = [
  { name: "built-in", stack: builtInStack, saysGoaway: true },
  { name: "connect-node", stack: connectNodeStack, saysGoaway: false },
];
