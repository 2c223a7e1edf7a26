/** The asking end of a connection. */
import type { Duplex } from "node:stream";
import type { Fields, Http2Client, Http2Options, Http2Stream, StreamHandler } from "./connection.ts";
import { errorCode, protocolError } from "./errors.ts";
import { lastStreamId, preface } from "./frames.ts";
import type { FieldSection } from "./hpack/decoder.ts";
import { Session } from "./session.ts";
import { Stream } from "./stream.ts";

/** @param socket already dialled, or about to be */
export function connectHttp2(socket: Duplex, options: Http2Options): Http2Client {
  return new ClientSession(socket, options);
}

class ClientSession extends Session implements Http2Client {
  /** There are none: a client takes no pushes. */
  protected readonly lastPeerId = 0;
  #nextId = 1;
  /** Requests that are not sent yet. */
  readonly #waiting = new Set<Stream>();
  #isOpening = false;

  constructor(socket: Duplex, options: Http2Options) {
    super(socket, options, false);
    this.output.raw(preface);
    this.start(undefined);
  }

  override get streams(): number {
    return this.openStreams.size + this.#waiting.size;
  }

  request(fields: Fields, more: Fields | undefined, ended: boolean, handler: StreamHandler): Http2Stream {
    const stream = new Stream(this, handler);
    if (!this.isOpen) {
      process.nextTick(() => stream.lose(errorCode.refusedStream, "The connection takes no more requests"));
      return stream;
    }
    const isNow = this.#waiting.size === 0 && this.#hasRoom();
    if (isNow) stream.id = this.#nextId;
    stream.respond(fields, ended, more);
    if (isNow) this.#begin(stream);
    else this.#waiting.add(stream);
    return stream;
  }

  close(): void {
    if (!this.isOpen) return;
    this.isClosing = true;
    this.sayGoaway(0, errorCode.noError);
    this.endIfDone();
  }

  isIdle(id: number): boolean {
    return id % 2 === 0 || id >= this.#nextId;
  }

  onFields(id: number, _section: FieldSection, _ended: boolean): void {
    if (this.isIdle(id)) throw protocolError(`it answers on stream ${id}, on which nothing was asked`);
    this.onLate(id);
  }

  onPingAnswer(): void {}

  override forget(stream: Stream, awaitsRest: boolean): void {
    this.#waiting.delete(stream);
    super.forget(stream, awaitsRest);
  }

  protected onLastStream(last: number): void {
    for (const stream of this.allStreams()) {
      if (stream.id > last || stream.id === 0)
        stream.lose(errorCode.refusedStream, "The peer ended the connection before it looked at the request");
    }
  }

  protected onRoom(): void {
    if (this.#waiting.size === 0 || this.#isOpening) return;
    this.#isOpening = true;
    for (const stream of this.#waiting) {
      if (!this.#hasRoom()) break;
      this.#waiting.delete(stream);
      stream.id = this.#nextId;
      stream.sendMore();
      this.#begin(stream);
    }
    this.#isOpening = false;
  }

  protected isDone(): boolean {
    return this.streams === 0;
  }

  protected override allStreams(): Stream[] {
    return [...this.openStreams.values(), ...this.#waiting];
  }

  #hasRoom(): boolean {
    return this.openStreams.size < this.sender.peer.maxStreams && !this.output.isFull && this.#nextId <= lastStreamId;
  }

  /** A stream whose fields have just been sent, unless they cannot be. */
  #begin(stream: Stream): void {
    if (!stream.hasBegun) return;
    this.#nextId += 2;
    if (!stream.isOver) this.openStreams.set(stream.id, stream);
    // The numbers are used up; who asks next has to ask on another connection.
    if (this.#nextId > lastStreamId) this.close();
  }
}
