/**
 * HTTP/2 over any stream with two directions that is already dialled or accepted: what both of its ends are to those who use them.
 * Callbacks instead of events, and nothing is made for each frame. It knows nothing of what is carried.
 */

/**
 * Names in lower case and values by turns, pseudo fields first; a character stands for a byte. Never changed: an array that is sent again
 * costs a few bytes and no work, and the peer's are the same array for the same fields.
 */
export type Fields = readonly string[];

export interface Http2Options {
  /** Of one frame of the peer's; told to it. From 16384. @default 1 MiB */
  readonly maxFrameBytes?: number;
  /** What the peer may have under way on a stream at first. A stream whose data is taken gets up to eight times as much. @default 128 KiB */
  readonly streamWindowBytes?: number;
  /** What the peer may have under way in all: the data that it can make us hold. From 65535. @default 128 MiB */
  readonly connectionWindowBytes?: number;
  /** Of one field section, counted as RFC 9113, 6.5.2 does; told to the peer. A stream with a larger one is reset. @default 64 KiB */
  readonly maxFieldBytes?: number;
  /** Server: streams that the peer may have open at once; told to it. More are refused. @default 10000 */
  readonly maxStreams?: number;
  /**
   * Told once, after all streams: the connection is over. Undefined: closed by either side in good order. An Http2Error is what the peer
   * did or said, anything else what the socket said.
   */
  onEnd(error: Error | undefined): void;
}

/** What is told of one stream. Nothing is after `ended`, or `onReset`. What it throws ends the connection. */
export interface StreamHandler {
  /** Client: the response's fields (informational ones are left out), then perhaps trailers. Server: trailers. */
  onFields(fields: Fields, ended: boolean): void;
  /**
   * Data, which may come in pieces of any length. It is where the socket read it: copy what is kept, or all of the socket's piece (64 KiB) is.
   * Every byte has to be given back by `taken`, or by a `reset` of the stream.
   */
  onData(buffer: Uint8Array, start: number, end: number, ended: boolean): void;
  /**
   * Over before its end: reset by the peer, refused by either side, or lost with the connection (`connectionLost`). A server that has answered in full may
   * still reset with `noError`, which is not told when its end has come before. `refusedStream`: it has had no effect and may be tried again, on another connection.
   * @param reason one sentence
   */
  onReset(code: number, reason: string): void;
  /** More may be written, after `write` or `respond` said that it should wait. */
  onWritable?(): void;
}

export interface Http2Stream {
  /** 0 while a request waits to be sent. */
  readonly id: number;
  /**
   * Server: the response's fields, and later trailers, which end it. Client: trailers.
   * @param end no more is sent. A server whose peer still sends lets it stop (RST_STREAM, NO_ERROR)
   * @param more fields of this block alone, such as a time: they are not kept for repetition
   * @returns false: wait for `onWritable` before more is written
   * @throws TypeError for a name or value that HTTP/2 does not have
   */
  respond(fields: Fields, end: boolean, more?: Fields): boolean;
  /**
   * Sends data. It is not copied where it is large: it must not change any more.
   * @param prefix goes before the data, and is copied
   * @returns false: wait for `onWritable` before more is written; what was given is kept
   */
  write(data: Uint8Array, end: boolean, prefix?: Uint8Array): boolean;
  /**
   * Gives the stream up, with what is not sent yet, and what was not taken. A client does this too with a stream that the server has ended, if it has not
   * ended it itself. Of a stream that is over it only gives back what was not taken.
   */
  reset(code: number): void;
  /** So many bytes of data are held no longer: the peer may send as many. */
  taken(bytes: number): void;
}

export interface Http2Connection {
  /** Takes new requests: it is not over, and no side has said that it will be. */
  readonly isOpen: boolean;
  /** Streams that are not over, and requests that wait. */
  readonly streams: number;
  /** What the peer takes of one field section; a larger one is refused on this side. Infinite where it has not told. */
  readonly peerMaxFieldBytes: number;
  /** Says that it is over (GOAWAY), lets the streams end, then ends the socket. */
  close(): void;
  /** Ends everything now. @param error for `onEnd` */
  destroy(error?: Error): void;
}

export interface Http2Client extends Http2Connection {
  /**
   * Sends a request, or lets it wait: for room in the socket, and for as long as the peer has all the streams that it allows.
   * @param more fields of this request alone, such as a deadline: they are not kept for repetition
   * @param ended there is no data
   * @throws TypeError for a name or value that HTTP/2 does not have
   */
  request(fields: Fields, more: Fields | undefined, ended: boolean, handler: StreamHandler): Http2Stream;
}

/** Tells of a request, and who is to be told of what follows. `stream` may be answered at once. */
export type OnStream = (stream: Http2Stream, fields: Fields, ended: boolean) => StreamHandler;
