/** A call over a link, as the side sees it that answers. */
import { ConnectError } from "@connectrpc/connect";
import { CallAbort } from "../calls/call-signal.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { ignore, paced } from "../calls/iterables.ts";
import { failedReply } from "../calls/lanes.ts";
import { metadataOf } from "../calls/metadata.ts";
import type { Carrier, Metadata, StreamReply } from "../connection.ts";
import { deadlineAfter } from "../time/deadline.ts";
import { type Credit, createCredit } from "./credit.ts";
import {
  decodeCancel,
  encodePayload,
  FrameError,
  frameType,
  fromMetadata,
  type OpenPayload,
  toErrorPayload,
  toMetadata,
} from "./frames.ts";
import { openInbox, pump, receiveMessage, type StreamLink } from "./stream.ts";

/** Lets `answers` answer a call that the peer has opened. @throws FrameError for metadata that cannot be */
export function answerOver(
  link: StreamLink,
  { path, target, timeoutMs, header }: OpenPayload,
  answers: Pick<Carrier<Uint8Array>, "stream">,
) {
  const metadata = toMetadata(header);
  const signal = new CallAbort();
  const credit = createCredit();
  // A server that stops reading its input is no reason to end the call: what still comes is dropped.
  const inbox = openInbox(link, ignore);
  const finish = (error: ConnectError) => {
    if (!link.end()) return;
    credit.close();
    inbox.abort(error);
    signal.abort(error);
  };
  link.open({
    target,
    onCredit: credit.add,
    close(error) {
      if (link.isOpen) link.send(frameType.end, encodePayload({ trailer: [], error: toErrorPayload(error) }));
      finish(error);
    },
    onFrame(frame) {
      switch (frame.type) {
        case frameType.message:
          return receiveMessage(inbox, frame, link.maxMessageBytes);
        case frameType.halfClose:
          return inbox.end();
        case frameType.cancel: {
          const { code, message } = decodeCancel(frame.payload);
          return finish(new ConnectError(message, code));
        }
        default:
          throw new FrameError(`Cannot accept a frame of type ${frame.type} from the side that calls`);
      }
    },
  });

  let response: StreamReply<Uint8Array>;
  try {
    response = answers.stream({
      path,
      metadata,
      deadline: deadlineAfter(timeoutMs),
      signal,
      input: paced(inbox.values),
    });
  } catch (thrown) {
    response = failedReply(errorFromHandler(thrown));
  }
  respond(link, response, credit).then(
    (trailer) => {
      if (!link.end()) return;
      link.send(frameType.end, encodePayload({ trailer: fromMetadata(trailer) }));
      credit.close();
    },
    (thrown: unknown) => {
      const error = errorFromHandler(thrown);
      if (link.isOpen) {
        const trailer = fromMetadata(metadataOf(error.metadata));
        link.send(frameType.end, encodePayload({ trailer, error: toErrorPayload(error) }));
      }
      finish(error);
    },
  );
}

async function respond(link: StreamLink, response: StreamReply<Uint8Array>, credit: Credit): Promise<Metadata> {
  let headerSent = false;
  const sendHeader = (header: Metadata) => {
    if (!headerSent && link.isOpen) link.send(frameType.header, encodePayload(fromMetadata(header)));
    headerSent = true;
  };
  response.header.then(sendHeader, ignore);
  await pump(response.output[Symbol.asyncIterator](), link, credit, async () => {
    if (!headerSent) sendHeader(await response.header);
  });
  sendHeader(await response.header);
  return response.trailer;
}
