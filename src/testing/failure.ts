/** What tests expect of calls that fail. */
import { ConnectError } from "@connectrpc/connect";

/**
 * The error of a call, or of a function that makes calls.
 * @throws what was thrown, where that is no ConnectError
 * @throws Error when nothing was
 */
export async function failure(call: Promise<unknown> | (() => Promise<unknown>)): Promise<ConnectError> {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("The call was expected to fail and did not");
}
