/** What the streams of a connection send through: one encoder, one output and one window, in turns. */
import type { Fields } from "./connection.ts";
import { checkSendable, sizeOf } from "./fields.ts";
import { defaultWindowBytes } from "./frames.ts";
import { createEncoder, type Encoder } from "./hpack/encoder.ts";
import type { Output } from "./output.ts";
import type { PeerSettings } from "./settings.ts";

/** What a stream sends before the next one has its turn. */
const turnBytes = 64 * 1024;
/** Who lets us send no more than this at a time makes us work for nothing. */
const dribbleBytes = 64;

/** What a stream has still to send: fields, or data. */
interface Waiting {
  readonly fields: Fields | undefined;
  readonly more: Fields | undefined;
  readonly prefix: Uint8Array | undefined;
  readonly data: Uint8Array;
  readonly end: boolean;
  /** Of prefix and data. */
  sent: number;
  next: Waiting | undefined;
}

const noData = new Uint8Array(0);

export class Sender {
  readonly encoder: Encoder = createEncoder();
  readonly output: Output;
  readonly peer: PeerSettings;
  readonly #onUseful: () => void;
  /** What the peer takes of data, on all streams together. */
  window = defaultWindowBytes;
  /** Streams that wait for room in the output, and those that wait for the window; a stream leaves them when it is over. */
  readonly #ready = new Set<SendingHalf>();
  readonly #starved = new Set<SendingHalf>();
  #isPumping = false;

  /** @param onUseful told of what was sent that is not next to nothing */
  constructor(output: Output, peer: PeerSettings, onUseful: () => void) {
    this.output = output;
    this.peer = peer;
    this.#onUseful = onUseful;
  }

  /** Sends what waits, in turns, as far as there is room. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      // What is added meanwhile has its turn last.
      for (const half of this.#ready) {
        if (this.output.isFull) break;
        this.#ready.delete(half);
        half.sendMore();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  whenRoom(half: SendingHalf): void {
    this.#ready.add(half);
  }

  whenWindow(half: SendingHalf): void {
    this.#starved.add(half);
  }

  /** The peer takes more, on all streams together. */
  widen(bytes: number): void {
    this.window += bytes;
    for (const half of this.#starved) this.#ready.add(half);
    this.#starved.clear();
    this.pump();
  }

  drop(half: SendingHalf): void {
    this.#ready.delete(half);
    this.#starved.delete(half);
  }

  sendFields(id: number, fields: Fields, more: Fields | undefined, end: boolean): void {
    this.output.fields(id, this.encoder.encode(fields, more), end, this.peer.maxFrameBytes);
    this.#onUseful();
  }

  sendData(
    half: SendingHalf,
    prefix: Uint8Array | undefined,
    data: Uint8Array,
    from: number,
    to: number,
    end: boolean,
  ): void {
    const bytes = to - from;
    half.sendWindow -= bytes;
    this.window -= bytes;
    this.output.data(half.id, prefix, data, from, to, end);
    if (bytes >= dribbleBytes || to === data.length + (prefix?.length ?? 0)) this.#onUseful();
  }
}

/** The sending half of a stream. What it sends stays in its order, and fields wait behind data. */
export abstract class SendingHalf {
  id = 0;
  readonly sender: Sender;
  /** What the peer takes of data; less than nothing after it has narrowed its windows. */
  sendWindow: number;
  isLocalEnded = false;
  /** Fields of this side's have been sent. */
  hasBegun = false;
  /** Nothing more is sent. */
  isOver = false;
  /** Whether it may be waiting with the sender. */
  #hasWaited = false;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #ending = false;
  #wantsRoom = false;

  constructor(sender: Sender) {
    this.sender = sender;
    this.sendWindow = sender.peer.windowBytes;
  }

  /** The last of this half has been sent. */
  protected abstract onLocalEnd(): void;
  protected abstract onRoom(): void;
  /** The fields are more than the peer takes. */
  protected abstract onUnsendable(bytes: number): void;

  respond(fields: Fields, end: boolean, more?: Fields): boolean {
    checkSendable(fields, more);
    if (this.isOver || this.#ending) return true;
    this.#ending = end;
    if (this.#first === undefined && this.id !== 0 && !this.sender.output.isFull) this.#sendFields(fields, more, end);
    else this.#push({ fields, more, prefix: undefined, data: noData, end, sent: 0, next: undefined });
    return this.#hasRoom();
  }

  write(data: Uint8Array, end: boolean, prefix?: Uint8Array): boolean {
    if (this.isOver || this.#ending) return true;
    this.#ending = end;
    const { sender } = this;
    const bytes = data.length + (prefix === undefined ? 0 : prefix.length);
    if (
      this.#first === undefined &&
      bytes <= this.sendWindow &&
      bytes <= sender.window &&
      bytes <= sender.peer.maxFrameBytes &&
      this.id !== 0 &&
      !sender.output.isFull
    ) {
      sender.sendData(this, prefix, data, 0, bytes, end);
      if (end) this.#end();
    } else {
      const copied = prefix === undefined ? undefined : Uint8Array.prototype.slice.call(prefix);
      this.#push({ fields: undefined, more: undefined, prefix: copied, data, end, sent: 0, next: undefined });
    }
    return this.#hasRoom();
  }

  /** The peer takes more data, or less. What waits is sent by the sender's `pump`. */
  widen(bytes: number): void {
    this.sendWindow += bytes;
    if (bytes > 0 && this.#first !== undefined) this.sender.whenRoom(this);
  }

  /** Sends what waits, but not more than its turn. Also for a stream that has just been given an id or a wider window. */
  sendMore(): void {
    const { sender } = this;
    let left = turnBytes;
    for (let waiting = this.#first; waiting !== undefined && !this.isOver; waiting = this.#first) {
      if (this.id === 0) return;
      if (sender.output.isFull || left <= 0) return sender.whenRoom(this);
      const { fields, more, prefix, data, end } = waiting;
      if (fields !== undefined) {
        this.#shift(waiting);
        this.#sendFields(fields, more, end);
        continue;
      }
      const bytes = data.length + (prefix === undefined ? 0 : prefix.length);
      const piece = Math.min(bytes - waiting.sent, sender.peer.maxFrameBytes, this.sendWindow, sender.window);
      if (piece <= 0 && bytes > waiting.sent) {
        // A window of its own that is closed is opened by the peer, and that is told here.
        if (this.sendWindow > 0) sender.whenWindow(this);
        return;
      }
      const from = waiting.sent;
      waiting.sent += piece;
      left -= piece;
      const isLast = waiting.sent === bytes;
      if (isLast) this.#shift(waiting);
      sender.sendData(this, prefix, data, from, from + piece, end && isLast);
      if (end && isLast) this.#end();
    }
    if (!this.#wantsRoom || this.isOver) return;
    if (sender.output.isFull) return sender.whenRoom(this);
    this.#wantsRoom = false;
    this.onRoom();
  }

  /** Nothing that waits is sent any more. */
  protected dropWaiting(): void {
    this.#first = undefined;
    this.#last = undefined;
    if (this.#hasWaited) this.sender.drop(this);
  }

  #sendFields(fields: Fields, more: Fields | undefined, end: boolean): void {
    const most = this.sender.peer.maxFieldBytes;
    if (most !== Number.POSITIVE_INFINITY) {
      const bytes = sizeOf(fields) + (more === undefined ? 0 : sizeOf(more));
      if (bytes > most) return this.onUnsendable(bytes);
    }
    this.hasBegun = true;
    this.sender.sendFields(this.id, fields, more, end);
    if (end) this.#end();
  }

  #end(): void {
    this.isLocalEnded = true;
    this.onLocalEnd();
  }

  #push(waiting: Waiting): void {
    this.#hasWaited = true;
    const before = this.#last;
    this.#last = waiting;
    if (before !== undefined) before.next = waiting;
    else {
      this.#first = waiting;
      this.sendMore();
    }
  }

  #shift(waiting: Waiting): void {
    this.#first = waiting.next;
    if (this.#first === undefined) this.#last = undefined;
  }

  #hasRoom(): boolean {
    if (this.isOver || (this.#first === undefined && !this.sender.output.isFull)) return true;
    this.#wantsRoom = true;
    this.#hasWaited = true;
    if (this.#first === undefined) this.sender.whenRoom(this);
    return false;
  }
}
