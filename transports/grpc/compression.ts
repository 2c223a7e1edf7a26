/** Messages that a peer has compressed. Ours never are: a wire to a process of the same machine is faster than that. */
import { gunzip } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorCode, errorText } from "../../src/values/error-text.ts";
import { describe } from "../../src/values/text.ts";

/** What is read, of all that gRPC has a name for. The answer to another one lists them. (gRPC, "Compression") */
export const knownEncodings = "identity,gzip";

/** Whether messages are compressed, by the name of what compresses them. @throws ConnectError for one that is not read here */
export function isCompressing(encoding: string | undefined): boolean {
  if (encoding === undefined || encoding === "identity") return false;
  if (encoding === "gzip") return true;
  const message = `messages compressed with ${describe(encoding)} are not read; there is only "${knownEncodings}"`;
  throw new ConnectError(message, Code.Unimplemented);
}

/** A message of which it was not said how it is compressed. */
export function unnamedCompression(): ConnectError {
  return new ConnectError("got a compressed message although no compression was named", Code.Internal);
}

/**
 * No more memory than the limit is used, whatever a message would come to.
 * @throws ConnectError
 */
export function decompress(message: Uint8Array, maxMessageBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gunzip(message, { maxOutputLength: Math.max(1, maxMessageBytes) }, (error, whole) => {
      if (error === null) resolve(new Uint8Array(whole.buffer, whole.byteOffset, whole.length));
      else reject(failure(error, maxMessageBytes));
    });
  });
}

function failure(error: Error, maxMessageBytes: number): ConnectError {
  if (errorCode(error) === "ERR_BUFFER_TOO_LARGE") {
    const message = `message of more bytes than the limit of ${maxMessageBytes} bytes, once it is decompressed`;
    return new ConnectError(message, Code.ResourceExhausted);
  }
  return new ConnectError(`cannot decompress a message: ${errorText(error)}`, Code.Internal);
}
