/** What the two ends of a stream over a link share: messages that go out under credit, and messages that wait for their reader. */
import { checkSize } from "../calls/codec.ts";
import { createInbox, type Inbox } from "../calls/inbox.ts";
import { abandon } from "../calls/iterables.ts";
import { takeTurn } from "../time/turn.ts";
import type { LinkCore } from "./call.ts";
import { type Credit, messageOverheadBytes, windowBytes } from "./credit.ts";
import type { FrameReader } from "./frame-reader.ts";
import { FrameError } from "./frames.ts";
import { takeMessage } from "./unary.ts";

export function openInbox({ out }: LinkCore, id: number, onAbandon: () => void): Inbox<Uint8Array> {
  let taken = 0;
  return createInbox<Uint8Array>({
    sizeOf: (message) => message.length + messageOverheadBytes,
    onTake(bytes) {
      taken += bytes;
      if (taken < windowBytes / 4) return;
      out.credit(id, taken);
      taken = 0;
    },
    onAbandon,
  });
}

/** @throws FrameError for a message that the peer was not allowed to send */
export function receiveMessage(inbox: Inbox<Uint8Array>, frame: FrameReader, maxMessageBytes: number): void {
  const message = takeMessage(frame, maxMessageBytes);
  if (inbox.waiting > windowBytes + maxMessageBytes) throw new FrameError("Cannot accept a message without credit");
  inbox.push(message);
}

/**
 * Sends messages as long as there is credit and they are wanted.
 * @throws ConnectError for one that the peer would not take: where only bytes are known, its length has not been checked before
 */
export async function pump(
  source: AsyncIterator<Uint8Array>,
  { out, maxMessageBytes }: LinkCore,
  id: number,
  credit: Credit,
  before?: () => Promise<void>,
): Promise<void> {
  for (;;) {
    const turn = takeTurn();
    if (turn !== undefined) await turn;
    const result = await source.next();
    if (result.done) return;
    const { length } = result.value;
    const isShortEnough = length <= maxMessageBytes;
    if (isShortEnough) await before?.();
    if (!isShortEnough || !(await credit.spend(length + messageOverheadBytes))) {
      abandon(source);
      checkSize(length, maxMessageBytes, "a message");
      return;
    }
    out.message(id, result.value);
  }
}
