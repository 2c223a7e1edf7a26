/** How calls enter an implementation and leave a client: their options, their deadlines, their errors. */
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { errorOfHandler } from "./errors.ts";
import type { CallOptions } from "./types.ts";

/**
 * A handler of a unary method: `answer` gets the caller's signal and what is left of its time, and its errors leave as
 * {@link errorOfHandler} says.
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
  // At least one millisecond: Connect takes zero for no deadline at all.
  return { signal: context.signal, ...(timeoutMs === undefined ? {} : { timeoutMs: Math.max(timeoutMs, 1) }) };
}

/** Spends one caller's time on several calls: each answer has the signal, and what is left of the time by then. */
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

/** A `Close` that has also done its work when the other side is gone: whatever was there has ended with it. */
export async function closeCall(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ConnectError && error.code === Code.Unavailable)) throw error;
  }
}
