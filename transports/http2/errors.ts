/** What can go wrong on a connection, by the numbers of RFC 9113, 7. */

export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

/** Stands where a code does, and is never sent: the connection ended before the stream did. */
export const connectionLost = -1;

/** A code as the RFC writes it: "ENHANCE_YOUR_CALM". */
export function errorCodeName(code: number): string {
  for (const [name, known] of Object.entries(errorCode)) {
    if (known === code) return name.replace(/[A-Z1]/g, (letter) => `_${letter}`).toUpperCase();
  }
  return `error code ${code}`;
}

/** Ends a connection: the peer broke the protocol or a limit, or said that it is over. */
export class Http2Error extends Error {
  override readonly name = "Http2Error";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function protocolError(what: string): Http2Error {
  return new Http2Error(errorCode.protocolError, `The peer broke the rules of HTTP/2: ${what}`);
}

export function compressionError(what: string): Http2Error {
  return new Http2Error(errorCode.compressionError, `Cannot read the peer's fields: ${what}`);
}

/** @param what "so many pings", what the peer does too much of */
export function floodError(what: string): Http2Error {
  return new Http2Error(errorCode.enhanceYourCalm, `The peer sends ${what}: the connection is ended`);
}
