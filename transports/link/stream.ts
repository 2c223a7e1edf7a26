/** What the two ends of a call over a link share: messages that go out under credit, and messages that wait for their reader. */
import type { ConnectError } from "@connectrpc/connect";
import { checkSize } from "../calls/codec.ts";
import { createInbox, type Inbox } from "../calls/inbox.ts";
import { abandon } from "../calls/iterables.ts";
import { takeTurn } from "../time/turn.ts";
import { type Credit, messageOverheadBytes, windowBytes } from "./credit.ts";
import { encodeCredit, type Frame, FrameError, frameType } from "./frames.ts";

/** One call, on either end of it. */
export interface Stream {
  readonly target: number;
  onFrame(frame: Frame): void;
  /** The peer's reader has taken so much. */
  onCredit(bytes: number): void;
  close(error: ConnectError): void;
}

/** What a stream needs of its link. */
export interface StreamLink {
  readonly id: number;
  readonly maxMessageBytes: number;
  /** Whether the stream has not ended on this side. */
  readonly isOpen: boolean;
  send(type: number, payload?: Uint8Array): void;
  open(stream: Stream): void;
  /** Ends the stream on this side. False: it had ended. */
  end(): boolean;
}

export function openInbox({ send }: StreamLink, onAbandon: () => void): Inbox<Uint8Array> {
  let taken = 0;
  return createInbox<Uint8Array>({
    sizeOf: (message) => message.length + messageOverheadBytes,
    onTake(bytes) {
      taken += bytes;
      if (taken < windowBytes / 4) return;
      send(frameType.credit, encodeCredit(taken));
      taken = 0;
    },
    onAbandon,
  });
}

/** @throws FrameError for a message that the peer was not allowed to send */
export function receiveMessage(inbox: Inbox<Uint8Array>, { payload }: Frame, maxMessageBytes: number): void {
  if (payload.length > maxMessageBytes) {
    // The writer checks its messages (see pump), so this one is no mistake of a user.
    throw new FrameError(`Cannot accept a message of ${payload.length} bytes: the limit is ${maxMessageBytes} bytes`);
  }
  if (inbox.waiting > windowBytes + maxMessageBytes) throw new FrameError("Cannot accept a message without credit");
  inbox.push(payload);
}

/**
 * Sends messages as long as there is credit and they are wanted.
 * @throws ConnectError for one that the peer would not take: where only bytes are known, its length has not been checked before
 */
export async function pump(
  source: AsyncIterator<Uint8Array>,
  { send, maxMessageBytes }: StreamLink,
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
    send(frameType.message, result.value);
  }
}
