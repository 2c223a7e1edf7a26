/** What a link needs of its surroundings: something that takes messages to the other side, whole and in order. */

/** Plain data, which survives `JSON.stringify` and a structured clone alike. */
export type ControlMessage = object;

export interface Channel {
  /** Sends a chunk of frames, which is the channel's from then on, or a control message. Without effect once it is closed. */
  post(message: Uint8Array<ArrayBuffer> | ControlMessage): void;
  /** Begins to tell what comes from the other side, the first message first. Called once. */
  listen(listener: ChannelListener): void;
  /** Tells what has come already, if it is not told yet, and resolves when what was posted before has gone out. */
  close(): Promise<void>;
}

export interface ChannelListener {
  /** A chunk as bytes, anything else as it was sent: a channel does not know what is right. */
  onMessage(message: unknown): void;
  /** The other side is gone or has broken the channel's own rules. Only channels that can see it tell it. */
  onClose(error?: Error): void;
}
