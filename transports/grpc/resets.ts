/** Streams that are reset, in the words of both sides. */
import { Code, ConnectError } from "@connectrpc/connect";
import { errorCode } from "../http2/errors.ts";

/** Resets that say more than that a stream broke; all others are Internal. (gRPC over HTTP/2, "Errors") */
const meanings: ReadonlyMap<number, Code> = new Map([
  [errorCode.refusedStream, Code.Unavailable],
  [errorCode.cancel, Code.Canceled],
  [errorCode.enhanceYourCalm, Code.ResourceExhausted],
  [errorCode.inadequateSecurity, Code.PermissionDenied],
]);

export function codeOfReset(code: number | undefined): Code {
  return meanings.get(code ?? errorCode.noError) ?? Code.Internal;
}

/** What a caller gets for a stream that the peer has reset. */
export function resetByPeer(code: number, reason: string): ConnectError {
  return new ConnectError(reason, codeOfReset(code));
}

/** What a handler gets for a stream that its caller has reset. */
export function cancelledByCaller(): ConnectError {
  return new ConnectError("the caller cancelled the call", Code.Canceled);
}
