/** A call over a link, as its caller sees it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { cutErrorText } from "../../src/values/error-text.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { abandon, abortReason, ignore, paced } from "../calls/iterables.ts";
import { noMetadata } from "../calls/metadata.ts";
import type { Metadata, StreamCall, StreamReply } from "../connection.ts";
import { timeLeft } from "../time/deadline.ts";
import { createCredit } from "./credit.ts";
import {
  decodeEnd,
  decodeMetadata,
  encodePayload,
  FrameError,
  frameType,
  fromErrorPayload,
  fromMetadata,
  toMetadata,
} from "./frames.ts";
import { openInbox, pump, receiveMessage, type StreamLink } from "./stream.ts";

/** Sends the call on its way. Its signal must not have aborted. */
export function callOver(link: StreamLink, target: number, outgoing: StreamCall<Uint8Array>): StreamReply<Uint8Array> {
  const { path, signal } = outgoing;
  const timeoutMs = timeLeft(outgoing.deadline);
  const header = Promise.withResolvers<Metadata>();
  const trailer = Promise.withResolvers<Metadata>();
  header.promise.catch(ignore);
  trailer.promise.catch(ignore);
  const credit = createCredit();
  const input = outgoing.input[Symbol.asyncIterator]();

  const finish = (error?: ConnectError) => {
    if (!link.end()) return;
    signal?.removeEventListener("abort", onAbort);
    credit.close();
    abandon(input);
    if (error === undefined) return inbox.end();
    header.reject(error);
    trailer.reject(error);
    inbox.end(error);
  };
  const cancel = (error: ConnectError) => {
    if (!link.isOpen) return;
    const { code, rawMessage } = error;
    link.send(frameType.cancel, encodePayload({ code, message: cutErrorText(rawMessage) }));
    finish(error);
  };
  const onAbort = () => signal !== undefined && cancel(abortReason(signal));
  const inbox = openInbox(link, () => cancel(new ConnectError("the caller stopped reading", Code.Canceled)));

  link.open({
    target,
    onCredit: credit.add,
    close: finish,
    onFrame(frame) {
      switch (frame.type) {
        case frameType.header:
          return header.resolve(toMetadata(decodeMetadata(frame.payload)));
        case frameType.message:
          return receiveMessage(inbox, frame, link.maxMessageBytes);
        case frameType.end: {
          const end = decodeEnd(frame.payload);
          const trailers = toMetadata(end.trailer);
          if (end.error !== undefined) return finish(fromErrorPayload(end.error, trailers));
          header.resolve(noMetadata);
          trailer.resolve(trailers);
          return finish();
        }
        default:
          throw new FrameError(`Cannot accept a frame of type ${frame.type} from the side that answers`);
      }
    },
  });
  signal?.addEventListener("abort", onAbort, { once: true });
  link.send(
    frameType.open,
    encodePayload({
      path,
      target,
      header: fromMetadata(outgoing.metadata),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }),
  );
  pump(input, link, credit).then(
    () => link.send(frameType.halfClose),
    (error: unknown) => cancel(errorFromHandler(error)),
  );
  return { header: header.promise, output: paced(inbox.values), trailer: trailer.promise };
}
