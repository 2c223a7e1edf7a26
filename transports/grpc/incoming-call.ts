/** A call as its server has it: what both shapes of a call have in common. It is the call and its signal in one. */
import type { ConnectError } from "@connectrpc/connect";
import { CallAbort } from "../calls/call-signal.ts";
import { asConnectError } from "../calls/connect-error.ts";
import { errorFromHandler } from "../calls/errors.ts";
import { metadataOf, noMetadata } from "../calls/metadata.ts";
import type { Called, CallSignal, Carrier, Metadata } from "../connection.ts";
import type { Fields, Http2Stream, StreamHandler } from "../http2/connection.ts";
import { deadlineAfter } from "../time/deadline.ts";
import type { Request } from "./request.ts";
import { cancelledByCaller } from "./resets.ts";
import { responseFields } from "./response.ts";
import { trailerFields } from "./status.ts";

/** What all calls of one server share. */
export interface Answering {
  readonly carrier: Carrier<Uint8Array>;
  readonly maxMessageBytes: number;
  readonly maxMetadataBytes: number;
  /** Calls that have no answer yet. */
  readonly calls: Set<IncomingCall>;
}

export abstract class IncomingCall extends CallAbort implements Called, StreamHandler {
  readonly path: string;
  readonly metadata: Metadata;
  readonly deadline: number | undefined;
  protected readonly answering: Answering;
  protected readonly request: Request;
  protected readonly stream: Http2Stream;
  /** Whether it has its status, or needs none. */
  protected isOver = false;
  #hasHeader = false;

  constructor(answering: Answering, stream: Http2Stream, request: Request) {
    super();
    this.answering = answering;
    this.stream = stream;
    this.request = request;
    this.path = request.path;
    this.metadata = request.metadata;
    this.deadline = deadlineAfter(request.timeoutMs);
    answering.calls.add(this);
  }

  /** A piece of the request has come. @throws ConnectError for one that is not in order */
  protected abstract receive(buffer: Uint8Array, start: number, end: number): void;
  /** All of the request has come. @throws ConnectError for a request that is not whole */
  protected abstract onWhole(): void;
  /** It has ended otherwise than by an answer of the handler. */
  protected abstract onCut(error: ConnectError): void;

  get signal(): CallSignal {
    return this;
  }

  onFields(_fields: Fields, ended: boolean): void {
    if (ended) this.#finish();
  }

  onData(buffer: Uint8Array, start: number, end: number, ended: boolean): void {
    if (this.isOver) return this.stream.taken(end - start);
    try {
      this.receive(buffer, start, end);
    } catch (error) {
      return this.cut(asConnectError(error));
    }
    if (ended) this.#finish();
  }

  #finish(): void {
    if (this.isOver) return;
    try {
      this.onWhole();
    } catch (error) {
      this.cut(asConnectError(error));
    }
  }

  /** Without a status, as there is no reader of it. */
  onReset(): void {
    if (this.isOver) return;
    this.#end();
    const error = cancelledByCaller();
    this.abort(error);
    this.onCut(error);
  }

  /** Ends it with an error, whatever its handler is about to answer. */
  cut(error: ConnectError): void {
    if (this.isOver) return;
    this.sendError(error);
    this.abort(error);
    this.onCut(error);
  }

  /** @throws ConnectError for metadata that cannot be sent */
  protected sendHeader(header: Metadata): void {
    if (this.isOver || this.#hasHeader) return;
    const fields = responseFields(header, this.request.namesEncoding, this.answering.maxMetadataBytes);
    this.#hasHeader = true;
    this.stream.respond(fields, false);
  }

  protected sendStatus(trailer: Metadata, error?: ConnectError): void {
    if (this.isOver) return;
    this.#end();
    const { maxMetadataBytes } = this.answering;
    const fields = trailerFields(trailer, maxMetadataBytes, error);
    if (this.#hasHeader) this.stream.respond(fields, true);
    else
      this.stream.respond(
        [...responseFields(noMetadata, this.request.namesEncoding, maxMetadataBytes), ...fields],
        true,
      );
  }

  protected sendError(thrown: unknown): void {
    const error = errorFromHandler(thrown);
    this.sendStatus(metadataOf(error.metadata), error);
  }

  #end(): void {
    this.isOver = true;
    this.answering.calls.delete(this);
  }
}
