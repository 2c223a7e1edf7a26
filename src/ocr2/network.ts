/** How the oracles of one config reach each other, in one memory or between machines. */
import type { ConfigDigest } from "../loop/types.ts";

/** What an engine of several oracles needs of a network. */
export interface OracleNetwork {
  /**
   * Joins the oracles of a config. Oracles of different configs never hear each other.
   * @throws RangeError when a peer ID is none, or one's own is not among them
   */
  open(options: EndpointOptions): Promise<NetworkEndpoint>;
}

export interface EndpointOptions {
  readonly configDigest: ConfigDigest;
  /** In the order of the oracles' indices, one's own included. */
  readonly peerIds: readonly string[];
  /** For each peer. What is over them is dropped, and costs nobody else anything. */
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
  /** Sends without waiting. What cannot be delivered now, or only later than much else, is dropped: the protocol sends again. */
  send(message: Uint8Array, receiver: number): void;
  /** Sends to all, oneself included. */
  broadcast(message: Uint8Array): void;
  /** Ends with the endpoint. The sender's index is proved; messages of one sender come in the order in which they were sent. */
  receive(): AsyncIterable<{ readonly message: Uint8Array; readonly sender: number }>;
}
