/** How host and plugin speak gRPC: by one of two stacks, with the same limits for both sides. */
import type { Duplex } from "node:stream";
import type { Carrier } from "../connection.ts";
import {
  defaultMaxMetadataBytes,
  type GrpcClientOptions,
  type GrpcConnection,
  type GrpcServer,
  type GrpcStack,
} from "../grpc/stack.ts";

/** The project's own stack, and the reference that it is held against. */
export const stackNames = ["built-in", "connect-node"] as const;

export type StackName = (typeof stackNames)[number];

/** What host and plugin agree on. */
export interface GrpcTerms {
  readonly stack: StackName;
  readonly maxMessageBytes: number;
  readonly maxMetadataBytes: number;
}

export const defaultGrpcTerms: Omit<GrpcTerms, "maxMessageBytes"> = {
  stack: "built-in",
  maxMetadataBytes: defaultMaxMetadataBytes,
};

/** One side of gRPC on these terms. */
export interface Grpc {
  readonly maxMessageBytes: number;
  connect(dial: () => Duplex, options: Omit<GrpcClientOptions, "maxMessageBytes" | "maxMetadataBytes">): GrpcConnection;
  createServer(carrier: Carrier<Uint8Array>): GrpcServer;
}

/** Loads the one stack, and not the other. */
export async function loadGrpc({ stack: name, maxMessageBytes, maxMetadataBytes }: GrpcTerms): Promise<Grpc> {
  const stack = await loadStack(name);
  const limits = { maxMessageBytes, maxMetadataBytes };
  return {
    maxMessageBytes,
    connect: (dial, options) => stack.connect(dial, { ...options, ...limits }),
    createServer: (carrier) => stack.createServer(carrier, limits),
  };
}

/** Written into a plugin that is built into one file, which would load both stacks at its start: it has ours alone. */
declare const builtPackageVersion: string | undefined;

async function loadStack(name: StackName): Promise<GrpcStack> {
  if (typeof builtPackageVersion === "string" || name === "built-in") {
    return (await import("../grpc/index.ts")).builtInStack;
  } else {
    return (await import("../connect-node/index.ts")).connectNodeStack;
  }
}
