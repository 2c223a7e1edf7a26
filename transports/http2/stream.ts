/** One stream: what it may still receive and send, and when it is over. */
import type { Http2Stream, StreamHandler } from "./connection.ts";
import { errorCode } from "./errors.ts";
import { type CheckedFields, checkSection } from "./fields.ts";
import { frameType } from "./frames.ts";
import type { FieldSection } from "./hpack/decoder.ts";
import { type Sender, SendingHalf } from "./sender.ts";

/** What streams need of their connection. */
export interface StreamOwner {
  readonly isServer: boolean;
  readonly sender: Sender;
  /** What a stream may receive at first, what was told of that, and what one whose data is taken gets up to. */
  readonly firstWindowBytes: number;
  readonly streamWindowBytes: number;
  readonly largestStreamWindowBytes: number;
  /** So many bytes that were received are held no longer. */
  credit(bytes: number): void;
  /** @param awaitsRest whether the peer may have sent more before it heard that the stream is over */
  forget(stream: Stream, awaitsRest: boolean): void;
  /** The peer did what no peer in good order does on a stream, or what makes work for nothing. */
  charge(): void;
}

/** A stream may have up to so many times its first window. */
export const windowGrowth = 8;

export class Stream extends SendingHalf implements Http2Stream {
  readonly #owner: StreamOwner;
  handler: StreamHandler;
  isRemoteEnded = false;
  /** Size of the fields of a request, which count as long as it is not over. */
  fieldBytes = 0;
  /** What the peer may still send, and of how much. */
  #receiveWindow: number;
  #windowBytes: number;
  /** Taken, but not yet told to the peer. */
  #owed = 0;
  /** Handed on, but not yet taken. */
  #untaken = 0;
  #hasFields: boolean;
  /** Data that is still to come by the fields; -1: they do not say. */
  #contentLeft = -1;

  /** @param section of a request, on a server */
  constructor(owner: StreamOwner, handler: StreamHandler, contentLength?: number) {
    super(owner.sender);
    this.#owner = owner;
    this.handler = handler;
    this.#receiveWindow = owner.firstWindowBytes;
    this.#windowBytes = owner.streamWindowBytes;
    this.#hasFields = owner.isServer;
    if (contentLength !== undefined) this.#contentLeft = contentLength;
  }

  reset(code: number): void {
    if (!this.isOver) {
      const isKnown = this.#owner.isServer || this.hasBegun;
      if (isKnown) this.sender.output.number(frameType.rstStream, this.id, code);
      this.#finish(isKnown && !this.isRemoteEnded);
    }
    this.#giveBack();
  }

  taken(bytes: number): void {
    const given = Math.min(bytes, this.#untaken);
    this.#untaken -= given;
    this.#owner.credit(given);
    this.#owe(given);
  }

  /** A DATA frame begins. False: its data is not for this stream. */
  beginData(bytes: number): boolean {
    if (this.isRemoteEnded) this.fail(errorCode.streamClosed, "The peer sent data after its end");
    else if (!this.#hasFields) this.fail(errorCode.protocolError, "The peer sent data before its fields");
    else if (bytes > this.#receiveWindow) this.fail(errorCode.flowControlError, "The peer sent more data than it may");
    else {
      this.#receiveWindow -= bytes;
      return true;
    }
    return false;
  }

  /** A piece of a frame. `ended`: the last of the last one. */
  receiveData(buffer: Uint8Array, start: number, end: number, ended: boolean): void {
    const bytes = end - start;
    this.#untaken += bytes;
    if (this.#contentLeft >= 0) {
      this.#contentLeft -= bytes;
      if (this.#contentLeft < 0 || (ended && this.#contentLeft > 0))
        return this.fail(errorCode.protocolError, "The data is not as long as the content length says");
    }
    if (ended) this.#endRemote();
    this.handler.onData(buffer, start, end, ended);
  }

  /** Padding is held by nothing. */
  receivePadding(bytes: number): void {
    this.#owe(bytes);
  }

  /** Fields that follow those that the stream began with, or a client's first. */
  receiveFields(section: FieldSection, ended: boolean): void {
    if (this.isRemoteEnded) return this.fail(errorCode.streamClosed, "The peer sent fields after its end");
    if (section.isTooLarge) return this.fail(errorCode.enhanceYourCalm, tooLarge(section.bytes));
    const kind = this.#hasFields ? "trailers" : "response";
    const checked = checkSection(section, kind);
    const fault = checked.fault ?? this.#misplaced(checked, ended);
    if (fault !== undefined) return this.fail(errorCode.protocolError, `The peer sent a malformed ${kind}: ${fault}`);
    if (kind === "response") {
      // Informational: there is no end to them, and nothing that they tell is asked for.
      if (checked.status < 200) return this.#owner.charge();
      this.#hasFields = true;
      if (!ended && checked.contentLength >= 0) this.#contentLeft = checked.contentLength;
    }
    if (ended) this.#endRemote();
    this.handler.onFields(section.fields, ended);
  }

  receiveReset(code: number): void {
    this.lose(code, "The peer reset the stream");
  }

  /** Ends by the peer, with the connection, or without having been sent. */
  lose(code: number, reason: string): void {
    if (this.isOver) return;
    this.#finish(false);
    this.#giveBack();
    this.#tell(code, reason);
  }

  /** Ends over what the peer did, and tells both sides. */
  fail(code: number, reason: string): void {
    this.#owner.charge();
    if (this.isOver) return;
    this.reset(code);
    this.#tell(code, reason);
  }

  protected onLocalEnd(): void {
    if (this.isRemoteEnded) this.#finish(false);
    // All that the peer still sends is of no use.
    else if (this.#owner.isServer) this.reset(errorCode.noError);
  }

  protected onRoom(): void {
    this.handler.onWritable?.();
  }

  protected onUnsendable(bytes: number): void {
    const reason = `${bytes} bytes of fields are more than the ${this.sender.peer.maxFieldBytes} that the peer takes`;
    this.reset(this.#owner.isServer ? errorCode.internalError : errorCode.cancel);
    // Not within the call that was to send them.
    process.nextTick(() => this.handler.onReset(errorCode.enhanceYourCalm, reason));
  }

  /** A client that has heard the end of the answer has heard all. */
  #tell(code: number, reason: string): void {
    if (this.#owner.isServer || !this.isRemoteEnded) this.handler.onReset(code, reason);
  }

  #misplaced(checked: CheckedFields, ended: boolean): string | undefined {
    if (this.#hasFields && !ended) return "it is not the end";
    if (this.#hasFields && this.#contentLeft > 0) return "the data is not as long as the content length says";
    return ended && !this.#hasFields && checked.status < 200 ? "it is informational, and the end" : undefined;
  }

  #endRemote(): void {
    this.isRemoteEnded = true;
    if (this.isLocalEnded) this.#finish(false);
  }

  #finish(awaitsRest: boolean): void {
    if (this.isOver) return;
    this.isOver = true;
    this.dropWaiting();
    this.#owner.forget(this, awaitsRest);
  }

  #giveBack(): void {
    this.#owner.credit(this.#untaken);
    this.#untaken = 0;
  }

  /** The peer is told of half a window at a time, and gets a wider one as long as its data is taken. */
  #owe(bytes: number): void {
    if (this.isRemoteEnded || this.isOver) return;
    this.#owed += bytes;
    if (this.#owed * 2 < this.#windowBytes) return;
    const growth = Math.min(this.#windowBytes, this.#owner.largestStreamWindowBytes - this.#windowBytes);
    this.#windowBytes += growth;
    const increment = this.#owed + growth;
    this.#owed = 0;
    this.#receiveWindow += increment;
    this.sender.output.number(frameType.windowUpdate, this.id, increment);
  }
}

function tooLarge(bytes: number): string {
  return `The peer sent ${bytes} bytes of fields, more than it was told to`;
}
