/**
 * One end of a connection: its streams, its limits, and how it is over. What frames do is in receiver.ts; what client and server do
 * differently is in client.ts and server.ts.
 */
import type { Duplex } from "node:stream";
import { asError } from "../../src/values/error-text.ts";
import { printable } from "../../src/values/printable.ts";
import { createBudget } from "./budget.ts";
import type { Http2Connection, Http2Options } from "./connection.ts";
import { connectionLost, errorCode, errorCodeName, floodError, Http2Error } from "./errors.ts";
import { createFrameReader, type FrameReader } from "./frame-reader.ts";
import { defaultFrameBytes, defaultWindowBytes, frameType, largestWindowBytes, writeUint32 } from "./frames.ts";
import type { FieldSection } from "./hpack/decoder.ts";
import { createOutput, type Output } from "./output.ts";
import { createReceiver, type Receiver, type ReceivingEnd } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { unknownPeer, writeSettings } from "./settings.ts";
import { type Stream, type StreamOwner, windowGrowth } from "./stream.ts";

/** Frames of little use that a peer may send at once, and a second. Each frame of data or fields, sent or received, makes up for some. */
const idleFrames = { most: 10_000, perSecond: 1000, earned: 2 };
/** Streams that a peer may give up at once, and a second, or make us reset: what is done for them is done for nothing. */
const givenUp = { most: 10_000, perSecond: 5000 };
/** Answers that wait for a peer that reads nothing. */
const mostAnswers = 1000;
/** How long a peer may take to read why its connection ends. */
const lastWordsMs = 1000;

/** Streams that were reset here, of which the peer may have sent more before it heard of that. */
const mostRemembered = 4096;

export abstract class Session implements Http2Connection, StreamOwner, ReceivingEnd {
  readonly isServer: boolean;
  readonly maxFrameBytes: number;
  readonly maxFieldBytes: number;
  readonly streamWindowBytes: number;
  readonly largestStreamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly openStreams = new Map<number, Stream>();
  readonly sender: Sender;
  protected readonly output: Output;
  /** Either side has said that the connection will be over. */
  protected isClosing = false;
  protected isOver = false;
  readonly #socket: Duplex;
  readonly #onEnd: (error: Error | undefined) => void;
  readonly #reader: FrameReader;
  readonly #receiver: Receiver;
  readonly #idle = createBudget(idleFrames.most, idleFrames.perSecond);
  readonly #givenUp = createBudget(givenUp.most, givenUp.perSecond);
  #answers = 0;
  #knowsSettings = false;
  /** Why the peer ends it, where it is not in good order. */
  #farewell: Error | undefined;
  /** The socket is ended, once what was written has left. */
  #isEnding = false;
  readonly #awaitingRest = new Set<number>();
  #forgottenId = 0;

  constructor(socket: Duplex, options: Http2Options, isServer: boolean) {
    this.isServer = isServer;
    this.maxFrameBytes = Math.max(options.maxFrameBytes ?? 1024 * 1024, defaultFrameBytes);
    this.maxFieldBytes = options.maxFieldBytes ?? 64 * 1024;
    this.streamWindowBytes = options.streamWindowBytes ?? 128 * 1024;
    this.largestStreamWindowBytes = Math.min(this.streamWindowBytes * windowGrowth, largestWindowBytes);
    this.connectionWindowBytes = Math.max(options.connectionWindowBytes ?? 128 * 1024 * 1024, defaultWindowBytes);
    this.#socket = socket;
    this.#onEnd = options.onEnd;
    this.output = createOutput(socket, () => {
      this.#answers = 0;
      this.sender.pump();
      this.onRoom();
    });
    this.sender = new Sender(this.output, unknownPeer(), () => this.#idle.earn(idleFrames.earned));
    this.#receiver = createReceiver(this);
    this.#reader = createFrameReader(this.#receiver, isServer);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => this.#onSocketEnd());
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.#onSocketEnd());
  }

  get isOpen(): boolean {
    return !this.isOver && !this.isClosing;
  }

  get streams(): number {
    return this.openStreams.size;
  }

  get peerMaxFieldBytes(): number {
    return this.sender.peer.maxFieldBytes;
  }

  get firstWindowBytes(): number {
    // A client may send before it has heard of a window that is smaller than everyone's.
    const isEarly = this.isServer && !this.#knowsSettings;
    return isEarly ? Math.max(this.streamWindowBytes, defaultWindowBytes) : this.streamWindowBytes;
  }

  /** The last stream of the peer's that was looked at. */
  protected abstract readonly lastPeerId: number;
  abstract close(): void;
  abstract isIdle(id: number): boolean;
  abstract onFields(id: number, section: FieldSection, ended: boolean): void;
  abstract onPingAnswer(): void;
  /** The peer takes no streams above this one. */
  protected abstract onLastStream(id: number): void;
  /** Room in the output, or for another stream. */
  protected abstract onRoom(): void;
  /** Whether nothing is left to do, for a connection that is closing. */
  protected abstract isDone(): boolean;

  destroy(error?: Error): void {
    if (!this.isOver) this.#end(error, connectionLost);
    this.output.stop();
    this.#socket.destroy();
  }

  credit(bytes: number): void {
    if (!this.isOver) this.#receiver.credit(bytes);
  }

  forget(stream: Stream, awaitsRest: boolean): void {
    this.openStreams.delete(stream.id);
    if (awaitsRest) this.rememberReset(stream.id);
    if (this.isOver) return;
    this.onRoom();
    this.endIfDone();
  }

  charge(): void {
    if (!this.#givenUp.spend(1)) throw floodError("streams that are given up or refused, one after the other");
  }

  spend(cost: number): void {
    if (!this.#idle.spend(cost)) throw floodError("frames that are of no use, one after the other");
  }

  earn(gain: number): void {
    this.#idle.earn(gain);
  }

  answer(): void {
    if (this.output.isBlocked && ++this.#answers > mostAnswers)
      throw floodError("questions, and does not read the answers");
  }

  onLate(id: number): void {
    if (!this.#mayHaveRest(id))
      throw new Http2Error(errorCode.streamClosed, `The peer sent more on stream ${id}, which is over`);
  }

  onPeerSettings(): void {
    this.onRoom();
  }

  onSettingsAnswer(): void {
    this.#knowsSettings = true;
  }

  onGoaway(lastId: number, code: number, text: string): void {
    this.isClosing = true;
    if (code !== errorCode.noError) {
      const words = text === "" ? "" : ` (${printable(text)})`;
      this.#farewell = new Http2Error(code, `The peer ended the connection: ${errorCodeName(code)}${words}`);
    }
    this.onLastStream(lastId);
    this.endIfDone();
  }

  /** What this side says first. */
  protected start(maxStreams: number | undefined): void {
    const { maxFrameBytes, streamWindowBytes, maxFieldBytes } = this;
    const settings = writeSettings({ maxFrameBytes, streamWindowBytes, maxFieldBytes, maxStreams });
    this.output.frame(frameType.settings, 0, 0, settings);
    const wider = this.connectionWindowBytes - defaultWindowBytes;
    if (wider > 0) this.output.number(frameType.windowUpdate, 0, wider);
  }

  protected sayGoaway(lastId: number, code: number, text = ""): void {
    const payload = Buffer.alloc(8 + text.length);
    writeUint32(payload, 0, lastId);
    writeUint32(payload, 4, code);
    payload.write(text, 8, "latin1");
    this.output.frame(frameType.goaway, 0, 0, payload);
  }

  protected rememberReset(id: number): void {
    this.#awaitingRest.add(id);
    if (this.#awaitingRest.size <= mostRemembered) return;
    for (const oldest of this.#awaitingRest) {
      this.#awaitingRest.delete(oldest);
      this.#forgottenId = Math.max(this.#forgottenId, oldest);
      break;
    }
  }

  /** Whether the peer may not have known that a stream is over, as far as is remembered. */
  #mayHaveRest(id: number): boolean {
    return this.#awaitingRest.has(id) || id <= this.#forgottenId;
  }

  protected endIfDone(): void {
    if (this.isClosing && !this.isOver && !this.#isEnding && this.isDone()) this.#endSocket();
  }

  /** Tells all, once. */
  #end(error: Error | undefined, code: number): void {
    this.isOver = true;
    this.#reader.stop();
    const reason = error?.message ?? "The connection was closed";
    for (const stream of this.allStreams()) stream.lose(code, reason);
    this.#onEnd(error);
  }

  protected allStreams(): Stream[] {
    return [...this.openStreams.values()];
  }

  /** Lets what was written leave, and the peer close first, so that it reads all of it. */
  #endSocket(): void {
    this.#isEnding = true;
    this.#reader.stop();
    this.output.end();
    const timer = setTimeout(() => this.#socket.destroy(), lastWordsMs).unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.read(chunk);
    } catch (thrown) {
      if (this.isOver) return;
      const error = asError(thrown);
      const code = error instanceof Http2Error ? error.code : errorCode.internalError;
      this.sayGoaway(this.lastPeerId, code, error instanceof Http2Error ? error.message : "");
      this.#end(error, connectionLost);
      this.#endSocket();
    }
  }

  #onSocketEnd(): void {
    const inOrder = this.isClosing && this.isDone();
    this.destroy(this.#farewell ?? (inOrder ? undefined : new Error("The peer closed the connection")));
  }
}
