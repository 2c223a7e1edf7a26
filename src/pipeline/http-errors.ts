/** Why a request got no answer that can be used, in a sentence. */

import { switching } from "../http/answer.ts";
import { maskUrls } from "../settings/secrets.ts";
import { errorText } from "../values/error-text.ts";

/** A request that got no response, or an unusable one. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  /** Whether the request may succeed when it is made again. */
  readonly retryable: boolean;

  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.retryable = options.retryable ?? false;
  }
}

/** A URL for messages, without parts that may be keys. */
export function maskedUrl(url: URL): string {
  return maskUrls(url.href);
}

/** What the runtimes say of an exchange that has failed. @param isAnswered whether the head of an answer has come */
export function explain(url: URL, cause: unknown, isAnswered = false): RequestError {
  if (cause instanceof RequestError) return cause;
  const reason = reasonOf(cause, isAnswered);
  return new RequestError(`Cannot request ${maskedUrl(url)}: ${reason}`, { retryable: true, cause });
}

function reasonOf(cause: unknown, isAnswered: boolean): string {
  const text = errorText(cause);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ECONNRESET") {
    return `the connection was closed ${isAnswered ? "in the middle of the answer" : "before an answer came"}`;
  }
  if (code === "HPE_HEADER_OVERFLOW") return "the headers of the answer are too long";
  if (code === "HPE_PAUSED_UPGRADE") return switching;
  if (code.startsWith("HPE_")) return `the answer is not HTTP (${text})`;
  return code.startsWith("Z_") ? `the body of the answer cannot be decompressed (${text})` : text;
}
