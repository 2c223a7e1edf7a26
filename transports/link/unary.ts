/** A unary call over a link, on either end of it: one frame each way, and an entry among the calls until then. */
import type { ConnectError } from "@connectrpc/connect";
import { CallAbort } from "../calls/call-signal.ts";
import { checkSize } from "../calls/codec.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { abortReason } from "../calls/iterables.ts";
import type { CallSignal, Carrier, Metadata, UnaryCall, UnaryReply } from "../connection.ts";
import type { LinkCore, LinkedCall } from "./call.ts";
import type { FrameReader, Opened } from "./frame-reader.ts";
import { FrameError, frameType } from "./frames.ts";

/** Sends the call on its way. Its signal must not have aborted. */
export function callUnary(
  link: LinkCore,
  id: number,
  target: number,
  call: UnaryCall<Uint8Array>,
): Promise<UnaryReply<Uint8Array>> {
  return new Promise((resolve, reject) => {
    checkSize(call.message.length, link.maxMessageBytes, "a message");
    link.out.request(id, target, call);
    link.open(id, new UnaryCaller(link, id, target, call.signal, resolve, reject));
  });
}

class UnaryCaller implements LinkedCall {
  readonly target: number;
  readonly #link: LinkCore;
  readonly #id: number;
  readonly #signal: CallSignal | undefined;
  readonly #resolve: (reply: UnaryReply<Uint8Array>) => void;
  readonly #reject: (error: ConnectError) => void;

  constructor(
    link: LinkCore,
    id: number,
    target: number,
    signal: CallSignal | undefined,
    resolve: (reply: UnaryReply<Uint8Array>) => void,
    reject: (error: ConnectError) => void,
  ) {
    this.#link = link;
    this.#id = id;
    this.target = target;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  onFrame(frame: FrameReader): void {
    switch (frame.type) {
      case frameType.answer: {
        const header = frame.metadata();
        const trailer = frame.metadata();
        const message = takeMessage(frame, this.#link.maxMessageBytes);
        if (this.#finish()) this.#resolve({ header, trailer, message });
        return;
      }
      case frameType.end: {
        const { error } = frame.end();
        frame.finish();
        if (error === undefined) throw new FrameError("Cannot accept the end of a unary call without its message");
        return this.close(error);
      }
      default:
        throw new FrameError(`Cannot accept a frame of type ${frame.type} in answer to a unary call`);
    }
  }

  close(error: ConnectError): void {
    if (this.#finish()) this.#reject(error);
  }

  #finish(): boolean {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    return this.#link.end(this.#id);
  }

  readonly #onAbort = (): void => {
    const error = abortReason(this.#signal as CallSignal);
    if (!this.#finish()) return;
    this.#link.out.cancel(this.#id, error);
    this.#reject(error);
  };
}

/** Lets `answers` answer a call that the peer has made, which the frame has whole. @throws FrameError */
export function answerUnary(
  link: LinkCore,
  id: number,
  opened: Opened,
  frame: FrameReader,
  answers: Pick<Carrier<Uint8Array>, "unary">,
): void {
  const call = new UnaryAnswer(link, id, opened, takeMessage(frame, link.maxMessageBytes));
  link.open(id, call);
  void call.answer(answers);
}

/** It is the call that goes on from here, too, and its signal. */
class UnaryAnswer extends CallAbort implements LinkedCall, UnaryCall<Uint8Array> {
  readonly target: number;
  readonly path: string;
  readonly metadata: Metadata;
  readonly deadline: number | undefined;
  readonly signal: CallSignal = this;
  readonly message: Uint8Array;
  readonly #link: LinkCore;
  readonly #id: number;

  constructor(link: LinkCore, id: number, { target, path, metadata, deadline }: Opened, message: Uint8Array) {
    super();
    this.#link = link;
    this.#id = id;
    this.target = target;
    this.path = path;
    this.metadata = metadata;
    this.deadline = deadline;
    this.message = message;
  }

  async answer(answers: Pick<Carrier<Uint8Array>, "unary">): Promise<void> {
    const { out, maxMessageBytes } = this.#link;
    try {
      const reply = await answers.unary(this);
      // Where only bytes are known, their length has not been checked before.
      checkSize(reply.message.length, maxMessageBytes, "a message");
      if (!this.#link.isOpen(this.#id)) return;
      out.answer(this.#id, reply);
      this.#link.end(this.#id);
    } catch (thrown) {
      if (this.#link.end(this.#id)) out.fail(this.#id, errorFromHandler(thrown));
    }
  }

  onFrame(frame: FrameReader): void {
    if (frame.type !== frameType.cancel) {
      throw new FrameError(`Cannot accept a frame of type ${frame.type} after a unary call's request`);
    }
    const error = frame.cancel();
    frame.finish();
    if (this.#link.end(this.#id)) this.abort(error);
  }

  close(error: ConnectError): void {
    if (!this.#link.end(this.#id)) return;
    this.#link.out.fail(this.#id, error);
    this.abort(error);
  }
}

/** @throws FrameError for one that is too long: the sender checks its messages, so that is no mistake of a user */
export function takeMessage(frame: FrameReader, maxMessageBytes: number): Uint8Array {
  const message = frame.message();
  if (message.length > maxMessageBytes) {
    throw new FrameError(`Cannot accept a message of ${message.length} bytes: the limit is ${maxMessageBytes} bytes`);
  }
  return message;
}
