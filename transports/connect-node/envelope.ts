/** gRPC's length-prefixed messages: one byte of flags, four of length, the message. */
import { Code, ConnectError } from "@connectrpc/connect";
import { checkSize } from "../calls/codec.ts";
import { takeTurn } from "../time/turn.ts";

const prefixBytes = 5;
const compressedFlag = 1;

export function envelope(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(prefixBytes + message.length);
  new DataView(bytes.buffer).setUint32(1, message.length);
  bytes.set(message, prefixBytes);
  return bytes;
}

/**
 * Cuts a body into messages. The length is checked before the message is waited for, so that an announced length costs nothing.
 * @throws ConnectError for a message over the limit, a compressed message, or a body that ends inside one
 */
export async function* openEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxMessageBytes: number,
): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let available = 0;
  let wanted: number | undefined;
  const take = (length: number): Uint8Array => {
    const whole = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    chunks = whole.length > length ? [whole.subarray(length)] : [];
    available -= length;
    return whole.subarray(0, length);
  };
  for await (const chunk of body) {
    chunks.push(chunk);
    available += chunk.length;
    for (;;) {
      if (wanted === undefined) {
        if (available < prefixBytes) break;
        wanted = readPrefix(take(prefixBytes), maxMessageBytes);
      }
      if (available < wanted) break;
      // A piece of the wire may hold thousands.
      const turn = takeTurn();
      if (turn !== undefined) await turn;
      // A copy: a reader may keep a small message, and must not keep the chunk that it came in.
      yield new Uint8Array(take(wanted));
      wanted = undefined;
    }
  }
  if (available > 0 || wanted !== undefined) {
    throw new ConnectError("the stream ended inside a message", Code.Internal);
  }
}

function readPrefix(prefix: Uint8Array, maxMessageBytes: number): number {
  const flags = prefix[0] ?? 0;
  if (flags === compressedFlag) {
    throw new ConnectError("got a compressed message although no compression was offered", Code.Internal);
  }
  if (flags !== 0) throw new ConnectError(`got a message with unknown flags (${flags})`, Code.Internal);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getUint32(1);
  checkSize(length, maxMessageBytes, "message");
  return length;
}
