/** A channel over a message port. Chunks are handed over, not copied. */
import type { MessagePort } from "node:worker_threads";
import type { Channel } from "../link/channel.ts";

export function createPortChannel(port: MessagePort): Channel {
  return {
    post: (message) => port.postMessage(message, message instanceof Uint8Array ? [message.buffer as ArrayBuffer] : []),
    // That the other side is gone is heard from its thread.
    listen: ({ onMessage }) => void port.on("message", onMessage),
    close: async () => port.close(),
  };
}
