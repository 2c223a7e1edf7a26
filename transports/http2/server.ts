/** The answering end of a connection. */
import type { Duplex } from "node:stream";
import type { Http2Connection, Http2Options, OnStream, StreamHandler } from "./connection.ts";
import { errorCode, protocolError } from "./errors.ts";
import { checkSection } from "./fields.ts";
import { frameType, lastStreamId } from "./frames.ts";
import type { FieldSection } from "./hpack/decoder.ts";
import { Session } from "./session.ts";
import { Stream } from "./stream.ts";

/** @param socket already accepted */
export function acceptHttp2(socket: Duplex, options: Http2Options, onStream: OnStream): Http2Connection {
  return new ServerSession(socket, options, onStream);
}

/** Of the fields of all requests that are being answered. */
const mostFieldBytes = 16 * 1024 * 1024;

/** Nothing else is asked, so any will do. */
const pingPayload = new Uint8Array(8);

/** Until a request has a handler. */
const untold: StreamHandler = { onFields() {}, onData() {}, onReset() {} };

class ServerSession extends Session {
  protected lastPeerId = 0;
  readonly #maxStreams: number;
  readonly #onStream: OnStream;
  #fieldBytes = 0;
  /** Whether the peer has yet to hear that the connection closes. */
  #awaitsPing = false;
  /** It has heard: what it asks now is for another connection. */
  #isDeaf = false;

  constructor(socket: Duplex, options: Http2Options, onStream: OnStream) {
    super(socket, options, true);
    this.#maxStreams = options.maxStreams ?? 10_000;
    this.#onStream = onStream;
    this.start(this.#maxStreams);
  }

  /** First of any request, so that none is lost that is on its way; of those that were looked at when the peer has heard of it. */
  close(): void {
    if (!this.isOpen) return;
    this.isClosing = true;
    this.#awaitsPing = true;
    this.sayGoaway(lastStreamId, errorCode.noError);
    this.output.frame(frameType.ping, 0, 0, pingPayload);
  }

  onPingAnswer(): void {
    if (!this.#awaitsPing) return;
    this.#awaitsPing = false;
    this.#isDeaf = true;
    this.sayGoaway(this.lastPeerId, errorCode.noError);
    this.endIfDone();
  }

  isIdle(id: number): boolean {
    return id % 2 === 0 || (id > this.lastPeerId && !this.#isDeaf);
  }

  onFields(id: number, section: FieldSection, ended: boolean): void {
    if (id % 2 === 0) throw protocolError(`it begins stream ${id}, which is not a client's to begin`);
    if (id <= this.lastPeerId) return this.onLate(id);
    // Its data may follow.
    if (this.#isDeaf) return this.rememberReset(id);
    this.lastPeerId = id;
    const refusal = this.#refusalOf(section, ended);
    if (refusal >= 0) {
      this.output.number(frameType.rstStream, id, refusal);
      if (!ended) this.rememberReset(id);
      return this.charge();
    }
    const { contentLength } = checkSection(section, "request");
    const stream = new Stream(this, untold, contentLength);
    stream.id = id;
    stream.isRemoteEnded = ended;
    stream.fieldBytes = section.bytes;
    this.#fieldBytes += section.bytes;
    this.openStreams.set(id, stream);
    stream.handler = this.#onStream(stream, section.fields, ended);
  }

  override forget(stream: Stream, awaitsRest: boolean): void {
    this.#fieldBytes -= stream.fieldBytes;
    super.forget(stream, awaitsRest);
  }

  protected onLastStream(): void {
    this.#awaitsPing = false;
  }

  protected onRoom(): void {}

  protected isDone(): boolean {
    return this.openStreams.size === 0 && !this.#awaitsPing;
  }

  /** The code to reset a new stream with; -1: it is welcome. */
  #refusalOf(section: FieldSection, ended: boolean): number {
    if (section.isTooLarge || this.#fieldBytes + section.bytes > mostFieldBytes) return errorCode.enhanceYourCalm;
    if (this.openStreams.size >= this.#maxStreams) return errorCode.refusedStream;
    const { fault, contentLength } = checkSection(section, "request");
    return fault !== undefined || (ended && contentLength > 0) ? errorCode.protocolError : -1;
  }
}
