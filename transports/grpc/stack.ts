/** What makes gRPC of wires, whichever HTTP/2 is below: the built-in stack, and the reference (see ../connect-node). */
import type { Duplex } from "node:stream";
import type { Carrier } from "../connection.ts";

export interface GrpcStack {
  /** @param dial makes a wire to the peer with the first call, and another one when that has broken or had its time */
  connect(dial: () => Duplex, options: GrpcClientOptions): GrpcConnection;
  createServer(carrier: Carrier<Uint8Array>, options: GrpcOptions): GrpcServer;
}

export interface GrpcOptions {
  /** Longest message that is taken, in bytes, also once it is decompressed. */
  readonly maxMessageBytes: number;
  /** Longest metadata that are sent or taken at once, in bytes as HTTP/2 counts them (RFC 9113, 6.5.2). @default 48 KiB */
  readonly maxMetadataBytes?: number;
}

export interface GrpcClientOptions extends GrpcOptions {
  /**
   * When a connection breaks, what is known of it is soon known better: its calls wait up to `ms` for the `signal`, which ends
   * them with the reason, before they end with an error of their own. A stream that breaks alone is nothing to wait for.
   */
  readonly grace: { readonly signal: AbortSignal; readonly ms: number };
  /** Told when the connection breaks. The next call makes a new one. */
  readonly onLost?: (error: Error) => void;
}

export interface GrpcConnection {
  readonly bytes: Carrier<Uint8Array>;
  /** Ends every call and lets go of the wire. */
  close(): void;
}

export interface GrpcServer {
  /** Answers the calls that come over an accepted wire. */
  accept(wire: Duplex): void;
  /** Resolves when no answer that was given is still on its way. */
  sent(): Promise<void>;
  /** Ends every call and every connection. */
  close(): Promise<void>;
}

/** The most metadata that one side sends at once. Over some 64 KB, the HTTP/2 of runtimes ends the connection with every call on it. */
export const defaultMaxMetadataBytes: number = 48 * 1024;

/** What is taken of one block of fields, and told to the peer: the status and the protocol's own fields come beside the metadata. */
export function fieldLimit(maxMetadataBytes: number): number {
  return maxMetadataBytes + 16 * 1024;
}
