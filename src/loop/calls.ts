/** How calls reach an implementation and leave a client: options, deadlines and errors. */
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { errorOfHandler } from "./errors.ts";
import type { CallOptions } from "./types.ts";

/**
 * A handler of a unary method. `answer` gets the caller's signal and the time that is left; its errors are converted by
 * {@link errorOfHandler}.
 */
export function unary<Request, Reply>(
  answer: (request: Request, options: CallOptions, context: HandlerContext) => Promise<Reply>,
): (request: Request, context: HandlerContext) => Promise<Reply> {
  return async (request, context) => {
    try {
      return await answer(request, callerOptions(context), context);
    } catch (thrown) {
      throw errorOfHandler(thrown);
    }
  };
}

function callerOptions(context: HandlerContext): CallOptions {
  const timeoutMs = context.timeoutMs();
  // At least one millisecond, because zero means no deadline to Connect.
  return { signal: context.signal, ...(timeoutMs === undefined ? {} : { timeoutMs: Math.max(timeoutMs, 1) }) };
}

/** Shares one caller's deadline between several calls: each call of the result returns the signal and the time that is left. */
export function shareDeadline(options: CallOptions = {}): () => CallOptions {
  const { timeoutMs } = options;
  if (timeoutMs === undefined || timeoutMs <= 0) return () => options;
  const end = performance.now() + timeoutMs;
  return () => {
    const left = end - performance.now();
    if (left <= 0) throw new ConnectError("the operation timed out", Code.DeadlineExceeded);
    return { ...options, timeoutMs: Math.max(Math.floor(left), 1) };
  };
}

/** A `Close` that also succeeds when the other side has ended, because the object has ended with it. */
export async function closeCall(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ConnectError && error.code === Code.Unavailable)) throw error;
  }
}
