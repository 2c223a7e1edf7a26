/** Asks a server over `node:http`. */
import type { IncomingMessage, RequestOptions, request } from "node:http";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** Informational responses (1xx) before the answer. Most servers send none. */
const maxInformational = 20;

/** An answer with status 101. */
export const switching = "the server answers by switching to another protocol";

/**
 * Sends a request; the head of its answer. An exchange has many ends, each with an event of its own; whichever comes first is the end here.
 * @param send `request` of `node:http` or `node:https`
 * @throws Error with a reason in lower case, or what the runtime says
 */
export function answerOf(send: typeof request, options: RequestOptions, body?: string): Promise<IncomingMessage> {
  return new Promise((answered, failed) => {
    // Nothing has to be done for an end after the first one, but an error without a listener would end the process.
    const sent = send(options, answered);
    sent.on("error", failed);
    sent.on("close", () => failed(new Error("there was no answer")));
    sent.on("upgrade", (_answer, socket) => {
      socket.destroy();
      failed(new Error(switching));
    });
    let informational = 0;
    sent.on("information", () => {
      informational += 1;
      if (informational <= maxInformational) return;
      sent.destroy();
      failed(new Error("the server sent only informational responses"));
    });
    sent.end(body);
  });
}

const decompressors = new Map<string, () => NodeJS.ReadWriteStream & { destroy(cause: Error): void }>([
  ["gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
]);

/** The bytes of an answer's body, decompressed; those of an unknown encoding as they are. They are to be read, and bounded, by the caller. */
export function bodyOf(answer: IncomingMessage): AsyncIterable<Uint8Array> {
  // Who reads the body gets its errors; a later one has no receiver and must not end the process.
  answer.on("error", () => {});
  const stream = decompressors.get(answer.headers["content-encoding"]?.toLowerCase() ?? "")?.();
  if (stream === undefined) return answer;
  answer.on("error", (cause) => stream.destroy(cause));
  return answer.pipe(stream) as NodeJS.ReadableStream & AsyncIterable<Uint8Array>;
}
