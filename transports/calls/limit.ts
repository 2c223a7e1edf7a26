/** What a caller's `timeoutMs` means. */
import { checkTimeout } from "./errors.ts";

/**
 * As in Connect, zero and less mean no deadline, and so what calls without one have.
 * @throws ConnectError for what is no number
 */
export function limitOf(timeoutMs: number | undefined, otherwiseMs?: number): number | undefined {
  checkTimeout(timeoutMs);
  return timeoutMs === undefined || timeoutMs <= 0 ? otherwiseMs : timeoutMs;
}
