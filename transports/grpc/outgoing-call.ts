/** A call as its caller has it: the stream that carries it, and how it ends. What both shapes of a call have in common. */
import { Code, ConnectError } from "@connectrpc/connect";
import { asConnectError, withMetadata } from "../calls/connect-error.ts";
import { timedOut } from "../calls/errors.ts";
import { abortReason } from "../calls/iterables.ts";
import { noMetadata } from "../calls/metadata.ts";
import type { Called, Metadata } from "../connection.ts";
import type { Fields, Http2Client, Http2Stream, StreamHandler } from "../http2/connection.ts";
import { connectionLost, errorCode } from "../http2/errors.ts";
import { ownMetadata } from "./metadata.ts";
import type { RequestFields, WriteRequest } from "./request.ts";
import { resetByPeer } from "./resets.ts";
import { type Response, readResponse } from "./response.ts";
import type { Opened, Session } from "./session.ts";
import { readStatus } from "./status.ts";

/** What all calls of one caller share. */
export interface Calling {
  readonly session: Session;
  readonly writeRequest: WriteRequest;
  readonly maxMessageBytes: number;
}

export abstract class OutgoingCall implements StreamHandler {
  protected readonly calling: Calling;
  protected readonly call: Called;
  protected stream: Http2Stream | undefined = undefined;
  protected response: Response | undefined = undefined;
  /** Whether nothing of the request waits to be sent. */
  protected isSent = false;
  protected isOver = false;
  #opened: Opened | undefined = undefined;

  constructor(calling: Calling, call: Called) {
    this.calling = calling;
    this.call = call;
  }

  /** Sends what there is of the request. */
  protected abstract send(connection: Http2Client, fields: RequestFields): Http2Stream;
  /** The response has begun. */
  protected abstract onResponse(header: Metadata): void;
  /** A piece of the body has come. @throws ConnectError for one that is not in order */
  protected abstract receive(buffer: Uint8Array, start: number, end: number): void;
  /** The call has ended well. @throws ConnectError for a body that is not whole */
  protected abstract succeed(header: Metadata, trailer: Metadata): void;
  /** The call has ended. @param header of the response, where it had begun */
  protected abstract fail(error: ConnectError, header: Metadata): void;

  /** Nothing throws: what goes wrong is how the call ends. */
  begin(): void {
    const { path, metadata, deadline, signal } = this.call;
    let opened: Opened | undefined;
    try {
      if (signal?.aborted) throw abortReason(signal);
      const fields = this.calling.writeRequest(path, metadata, deadline);
      opened = this.#open();
      if (opened === undefined) return;
      this.stream = this.send(opened.connection, fields);
      signal?.addEventListener("abort", this.#onAbort, { once: true });
    } catch (error) {
      this.#end(true);
      this.fail(asConnectError(error), noMetadata);
    }
  }

  #open(): Opened | undefined {
    try {
      this.#opened = this.calling.session.open();
      this.#opened.enter();
      return this.#opened;
    } catch (error) {
      this.#explain(() => error);
      return undefined;
    }
  }

  onFields(fields: Fields, ended: boolean): void {
    if (this.isOver) return;
    const { response } = this;
    if (response !== undefined) return this.#finish(fields, ended, response.metadata, false);
    const begun = readResponse(fields);
    if (begun.error !== undefined) return this.giveUp(withMetadata(begun.error, begun.metadata));
    this.response = begun;
    if (ended) this.#finish(fields, ended, noMetadata, true);
    else this.onResponse(begun.metadata);
  }

  onData(buffer: Uint8Array, start: number, end: number, ended: boolean): void {
    if (this.isOver) return;
    try {
      if (this.response !== undefined) this.receive(buffer, start, end);
      if (this.response === undefined || ended) throw withoutStatus();
    } catch (error) {
      this.giveUp(asConnectError(error));
    }
  }

  /** @param isAll whether these are the only fields of the response */
  #finish(fields: Fields, ended: boolean, header: Metadata, isAll: boolean): void {
    const status = ended ? readStatus(fields) : undefined;
    if (status === undefined) return this.giveUp(withoutStatus());
    // The rest of the request is of no use.
    if (!this.isSent) this.stream?.reset(errorCode.noError);
    this.#end(!this.isSent);
    if (status !== "ok") return this.fail(status, header);
    try {
      this.succeed(isAll ? ownMetadata(fields) : header, isAll ? noMetadata : ownMetadata(fields));
    } catch (error) {
      this.fail(asConnectError(error), header);
    }
  }

  onReset(code: number, reason: string): void {
    if (this.isOver) return;
    this.#end(false);
    if (code === connectionLost) return this.#explain(() => this.#opened?.loss ?? reason);
    const { deadline } = this.call;
    // A server has a clock of its own, and may be the first to see that the time is over.
    const isLate = code === errorCode.cancel && deadline !== undefined && deadline <= performance.now();
    this.fail(isLate ? timedOut() : resetByPeer(code, reason), this.response?.metadata ?? noMetadata);
  }

  #explain(loss: () => unknown): void {
    this.isOver = true;
    void this.calling.session.explain(loss).then((error) => this.fail(error, noMetadata));
  }

  readonly #onAbort = (): void => {
    const { signal } = this.call;
    if (signal !== undefined) this.giveUp(abortReason(signal));
  };

  /** Ends the call, and tells the peer. */
  protected giveUp(error: ConnectError): void {
    if (this.isOver) return;
    this.stream?.reset(errorCode.cancel);
    this.#end(true);
    this.fail(error, this.response?.metadata ?? noMetadata);
  }

  #end(givenUp: boolean): void {
    this.isOver = true;
    this.call.signal?.removeEventListener("abort", this.#onAbort);
    this.#opened?.leave(givenUp);
  }
}

function withoutStatus(): ConnectError {
  return new ConnectError("the response ended without a status", Code.Internal);
}
