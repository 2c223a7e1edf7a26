/** How the oracles of one config reach each other, in one process or between machines. */
import type { ConfigDigest } from "../loop/types.ts";

/** The network that an engine of several oracles needs. */
export interface OracleNetwork {
  /**
   * Joins the oracles of a config. Oracles of different configs never hear each other.
   * @throws RangeError when a peer ID is not valid, or this oracle's is not among them
   */
  open(options: EndpointOptions): Promise<NetworkEndpoint>;
}

export interface EndpointOptions {
  readonly configDigest: ConfigDigest;
  /** In the order of the oracles' indices, this oracle's included. */
  readonly peerIds: readonly string[];
  /** For each peer. Messages beyond them are dropped, and do not affect other peers. */
  readonly limits: EndpointLimits;
}

export interface EndpointLimits {
  readonly maxMessageBytes: number;
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

export interface NetworkEndpoint extends AsyncDisposable {
  /** Sends without waiting. A message that cannot be delivered soon is dropped: the protocol sends again. */
  send(message: Uint8Array, receiver: number): void;
  /** Sends to all oracles, this one included. */
  broadcast(message: Uint8Array): void;
  /** Ends with the endpoint. The sender's index is authenticated; messages of one sender come in the order in which they were sent. */
  receive(): AsyncIterable<{ readonly message: Uint8Array; readonly sender: number }>;
}
