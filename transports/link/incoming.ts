/** A stream over a link, as the side sees it that answers. */
import type { ConnectError } from "@connectrpc/connect";
import { CallAbort } from "../calls/call-signal.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { ignore, paced } from "../calls/iterables.ts";
import type { Carrier, Metadata, StreamReply } from "../connection.ts";
import type { LinkCore } from "./call.ts";
import { type Credit, createCredit } from "./credit.ts";
import type { Opened } from "./frame-reader.ts";
import { FrameError, frameType } from "./frames.ts";
import { openInbox, pump, receiveMessage } from "./stream.ts";

/** Lets `answers` answer a stream that the peer has opened. */
export function answerStream(
  link: LinkCore,
  id: number,
  { path, target, deadline, metadata }: Opened,
  answers: Pick<Carrier<Uint8Array>, "stream">,
): void {
  const signal = new CallAbort();
  const credit = createCredit();
  // A server that stops reading its input is no reason to end the call: what still comes is dropped.
  const inbox = openInbox(link, id, ignore);
  const finish = (error: ConnectError) => {
    if (!link.end(id)) return;
    credit.close();
    inbox.abort(error);
    signal.abort(error);
  };
  const fail = (error: ConnectError) => {
    if (link.isOpen(id)) link.out.fail(id, error);
    finish(error);
  };
  link.open(id, {
    target,
    close: fail,
    onFrame(frame) {
      switch (frame.type) {
        case frameType.message:
          return receiveMessage(inbox, frame, link.maxMessageBytes);
        case frameType.credit:
          return credit.add(frame.number());
        case frameType.halfClose:
          return inbox.end();
        case frameType.cancel:
          return finish(frame.cancel());
        default:
          throw new FrameError(`Cannot accept a frame of type ${frame.type} from the side that calls`);
      }
    },
  });

  async function respond(): Promise<void> {
    const reply = answers.stream({ path, metadata, deadline, signal, input: paced(inbox.values) });
    const trailer = await sendReply(link, id, reply, credit);
    if (!link.isOpen(id)) return;
    link.out.end(id, trailer);
    link.end(id);
    credit.close();
  }
  respond().catch((thrown: unknown) => fail(errorFromHandler(thrown)));
}

async function sendReply(
  link: LinkCore,
  id: number,
  reply: StreamReply<Uint8Array>,
  credit: Credit,
): Promise<Metadata> {
  let isHeaderSent = false;
  const sendHeader = (header: Metadata) => {
    if (!isHeaderSent && link.isOpen(id)) link.out.header(id, header);
    isHeaderSent = true;
  };
  reply.header.then(sendHeader).catch(ignore);
  await pump(reply.output[Symbol.asyncIterator](), link, id, credit, async () => {
    if (!isHeaderSent) sendHeader(await reply.header);
  });
  sendHeader(await reply.header);
  return reply.trailer;
}
