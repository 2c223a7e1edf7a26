/**
 * A channel over a message port. Chunks are handed over, not copied; as buffers, because Deno looks for further ports in every message
 * that arrives, and in an array of bytes it looks at each of them.
 */
import type { MessagePort } from "node:worker_threads";
import type { Channel } from "../link/channel.ts";

export function createPortChannel(port: MessagePort): Channel {
  return {
    post(message) {
      if (message instanceof Uint8Array) port.postMessage(message.buffer, [message.buffer]);
      else port.postMessage(message);
    },
    // That the other side is gone is heard from its thread.
    listen: ({ onMessage }) => {
      port.on("message", (message) => onMessage(message instanceof ArrayBuffer ? new Uint8Array(message) : message));
    },
    close: async () => port.close(),
  };
}
