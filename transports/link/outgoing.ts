/** A stream over a link, as its caller sees it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromHandler } from "../calls/errors.ts";
import { abandon, abortReason, ignore, paced } from "../calls/iterables.ts";
import { failedReply } from "../calls/lanes.ts";
import { noMetadata } from "../calls/metadata.ts";
import type { Metadata, StreamCall, StreamReply } from "../connection.ts";
import type { LinkCore } from "./call.ts";
import { createCredit } from "./credit.ts";
import { FrameError, frameType } from "./frames.ts";
import { openInbox, pump, receiveMessage } from "./stream.ts";

/** Sends the call on its way. Its signal must not have aborted. */
export function callStream(
  link: LinkCore,
  id: number,
  target: number,
  outgoing: StreamCall<Uint8Array>,
): StreamReply<Uint8Array> {
  try {
    link.out.open(id, target, outgoing);
  } catch (error) {
    return failedReply(errorFromHandler(error));
  }
  const { signal } = outgoing;
  const header = Promise.withResolvers<Metadata>();
  const trailer = Promise.withResolvers<Metadata>();
  header.promise.catch(ignore);
  trailer.promise.catch(ignore);
  const credit = createCredit();
  const input = outgoing.input[Symbol.asyncIterator]();

  const finish = (error?: ConnectError) => {
    if (!link.end(id)) return;
    signal?.removeEventListener("abort", onAbort);
    credit.close();
    abandon(input);
    if (error === undefined) return inbox.end();
    header.reject(error);
    trailer.reject(error);
    inbox.end(error);
  };
  const cancel = (error: ConnectError) => {
    if (!link.isOpen(id)) return;
    link.out.cancel(id, error);
    finish(error);
  };
  const onAbort = () => signal !== undefined && cancel(abortReason(signal));
  const inbox = openInbox(link, id, () => cancel(new ConnectError("the caller stopped reading", Code.Canceled)));

  link.open(id, {
    target,
    close: finish,
    onFrame(frame) {
      switch (frame.type) {
        case frameType.header:
          return header.resolve(frame.metadata());
        case frameType.message:
          return receiveMessage(inbox, frame, link.maxMessageBytes);
        case frameType.credit:
          return credit.add(frame.number());
        case frameType.end: {
          const end = frame.end();
          if (end.error !== undefined) return finish(end.error);
          header.resolve(noMetadata);
          trailer.resolve(end.trailer);
          return finish();
        }
        default:
          throw new FrameError(`Cannot accept a frame of type ${frame.type} from the side that answers`);
      }
    },
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  pump(input, link, id, credit).then(
    () => link.out.halfClose(id),
    (error: unknown) => cancel(errorFromHandler(error)),
  );
  return { header: header.promise, output: paced(inbox.values), trailer: trailer.promise };
}
